using System.Runtime;

namespace Ensembles.Tests.Packaging;

/// <summary>
/// Which libtorch a project gets. The CUDA package is too large to restore in a test; evaluating says what would be
/// restored.
/// </summary>
public class NativePackageTests
{
    const string Application = "tests/Ensembles.Tests/Ensembles.Tests.csproj";
    const string Cpu = "TorchSharp-cpu";
    const string Cuda = "TorchSharp-cuda-linux";

    [Fact]
    public void A_project_that_runs_gets_the_cpu_library_by_default()
    {
        var packages = MSBuildEvaluation.PackageReferences(Application);
        Assert.Contains(Cpu, packages);
        Assert.DoesNotContain(Cuda, packages);
    }

    [Fact]
    public void One_property_selects_cuda_instead()
    {
        var packages = MSBuildEvaluation.PackageReferences(Application, "-p:EnsemblesCuda=true");
        Assert.Contains(Cuda, packages);
        Assert.DoesNotContain(Cpu, packages);
    }

    [Fact]
    public void So_does_an_environment_variable()
    {
        var packages = MSBuildEvaluation.PackageReferences(
            Application, environment: new() { ["EnsemblesCuda"] = "true" });
        Assert.Contains(Cuda, packages);
        Assert.DoesNotContain(Cpu, packages);
    }

    /// <summary>A collection that ends while an operation runs would free the numbers that it reads.</summary>
    [Fact]
    public void Garbage_is_not_collected_in_the_background() =>
        Assert.Equal(GCLatencyMode.Batch, GCSettings.LatencyMode);

    [Fact]
    public void A_library_leaves_the_choice_to_the_application()
    {
        var packages = MSBuildEvaluation.PackageReferences("src/Ensembles/Ensembles.csproj");
        Assert.Contains("TorchSharp", packages);
        Assert.DoesNotContain(Cpu, packages);
        Assert.DoesNotContain(Cuda, packages);
    }
}
