using System.Diagnostics;

namespace Ensembles.Compiling.Tests;

/// <summary>
/// Plans choose their paths by what the processor has: their tests run again in a process for which .NET prefers
/// 256-bit vectors, as it does on many servers, and in one for which it finds no AVX-512.
/// </summary>
public class OtherProcessorsTests
{
    [Theory]
    [InlineData("DOTNET_PreferredVectorBitWidth", "256")]
    [InlineData("DOTNET_EnableAVX512", "0")]
    public async Task Tests_of_plans_pass_as_well_with(string setting, string value)
    {
        string[] classes = [nameof(AttackPlanTests), nameof(FusedTests), nameof(FusedGradientTests), nameof(PlanTests)];
        // What threads and memory do is no matter of vectors.
        string[] alike =
        [
            nameof(PlanTests.A_plan_disposed_while_threads_are_inside_lets_them_finish_and_no_other_in),
            nameof(PlanTests.A_plan_leaves_nothing_behind),
        ];
        var filter = $"({string.Join("|", classes.Select(name => $"FullyQualifiedName~Tests.{name}."))})"
            + string.Concat(alike.Select(name => $"&FullyQualifiedName!~{name}"));
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(dotnet, ["test", typeof(FusedTests).Assembly.Location, "--filter", filter])
        {
            RedirectStandardOutput = true,
            Environment = { [setting] = value },
        };
        using var child = Process.Start(start)!;
        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();

        Assert.True(child.ExitCode == 0, output);
        Assert.Contains("Passed!", output);
    }
}
