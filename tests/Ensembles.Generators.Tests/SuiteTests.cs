using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Tests;

public class SuiteTests
{
    const string File = "Demo.Tests.QuartetAblation-suite.g.cs";

    [Fact]
    public void A_suite_of_a_referenced_ensemble_is_the_one_of_a_declared_ensemble()
    {
        var declared = GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.QuartetSuite]);
        var library = GeneratorRun.On([Sources.Defenses, Sources.Quartet]);
        var image = new MemoryStream();
        Assert.True(library.Completed.Emit(image).Success);

        var referring = GeneratorRun.On([Sources.QuartetSuite]).After(c => c
            .WithAssemblyName("Demo.Tests")
            .AddReferences(MetadataReference.CreateFromImage(image.ToArray())));

        Assert.Empty(referring.Complaints);
        Assert.Equal(declared.Files[File], referring.Files[File]);
        Assert.Equal([File], referring.Files.Keys);
    }

    [Fact]
    public void Without_xunit_there_is_no_suite()
    {
        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.QuartetSuite], "xunit");

        Assert.DoesNotContain(File, run.Files.Keys);
        Assert.Contains("Demo.Quartet.g.cs", run.Files.Keys);
    }

    [Fact]
    public void The_only_member_has_no_test_that_leaves_it_out()
    {
        var run = GeneratorRun.On([Sources.Defenses, """
            using Ensembles;
            using Ensembles.Xunit;

            [Ensemble<MeanLogit>]
            public partial class Guarded
            {
                [Gate] public partial Zoo.Uncertainty Doubt { get; }
                [Member] public partial Zoo.Edges Only { get; }
            }

            [AblationSuite<Guarded>]
            public partial class Suite : AblationTests<Guarded>
            {
                protected override AblationSetup<Guarded> Setup() => null!;
            }
            """]);

        Assert.DoesNotContain(run.Complaints, complaint => complaint.Id != "CS1591");
        Assert.Equal(
            ["Attack_passes_its_sanity_checks", "Clean_accuracy_reaches_its_floor", "Whole_beats_its_best_member",
                "Doubt_keeps_its_false_positive_rate", "Doubt_adds", "Only_beats_an_undefended_network",
                "Only_shows_blur", "Only_shows_calm"],
            run.Completed.GetTypeByMetadataName("Suite")!.GetMembers()
                .Where(m => m.GetAttributes().Any(a => a.AttributeClass!.Name == "FactAttribute"))
                .Select(m => m.Name));
    }
}
