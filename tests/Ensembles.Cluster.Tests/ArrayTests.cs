using System.Diagnostics;
using Ensembles.App;
using Ensembles.Evaluation;

namespace Ensembles.Cluster.Tests;

/// <summary>The scripts of examples/Cluster, with the program beside them.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ArrayTests : IDisposable
{
    static readonly TimeSpan most = TimeSpan.FromMinutes(4);

    static readonly string beside = AppContext.BaseDirectory;

    readonly string folder = Directory.CreateTempSubdirectory("ensembles-cluster-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static string[] Program => ["dotnet", Path.Combine(beside, "Cluster.dll"), "ablate"];

    string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>
    /// The first array is killed while its tasks are at work; the second does the rest, and has the figures of one
    /// process that nobody disturbed.
    /// </summary>
    [SlurmFact]
    public void Arrays_of_tasks_of_which_all_were_killed_give_the_report_of_one_process()
    {
        using var slurm = new OneNodeSlurm(processors: 3);
        var script = Path.Combine(beside, "slurm-array.sh");
        string Submit() => slurm.Submit(["--array=1-3", script, PathOf("shared"), .. Program]);

        var killed = Submit();
        slurm.WaitUntil(() => Units().Length > 0 || slurm.Open(killed) == 0, most, "Nothing is measured");
        slurm.Kill(killed);
        slurm.WaitFor(killed, most);
        var before = Units();
        Assert.False(File.Exists(PathOf("shared/report.json")), "The study was over before it was disturbed.");

        slurm.WaitFor(Submit(), most);
        Assert.True(File.Exists(PathOf("shared/report.json")), "The array wrote no report.");
        Assert.Subset(Units().ToHashSet(), before.ToHashSet());
        RunAlone(PathOf("alone"));
        Assert.Equal(Figures(PathOf("alone")), Figures(PathOf("shared")));
    }

    /// <summary>What the job of Kubernetes calls is what the program takes.</summary>
    [Fact]
    public void The_job_calls_the_program_as_it_is_called()
    {
        var job = File.ReadAllLines(Path.Combine(beside, "kubernetes-job.yaml"));
        var arguments = List(job, "args:");
        Assert.Equal(Program[2], arguments[0]);
        Assert.Equal("--output", arguments[1]);
        Assert.Contains(job, line => line.Trim() == $"mountPath: {arguments[2]}");
        Assert.Equal("dotnet", List(job, "command:")[0]);
        Assert.Contains(job, line => line.Trim() == $"values: [{ExitCodes.Invalid}, {ExitCodes.BelowFloor}]");
    }

    string[] Units() => Directory.Exists(PathOf("shared/units"))
        ? [.. Directory.EnumerateFiles(PathOf("shared/units"), "*.json").Order(StringComparer.Ordinal)]
        : [];

    static void RunAlone(string output)
    {
        using var process = Process.Start(Program[0], [.. Program[1..], "--output", output]);
        process.WaitForExit();
    }

    /// <summary>All that a report's result says but for how long it took.</summary>
    static IEnumerable<string> Figures(string output) =>
        ReportJson.Of(ReportJson.Read(Path.Combine(output, "report.json")).Result).Split('\n')
            .Where(line => !line.Contains("\"Seconds\"", StringComparison.Ordinal));

    static string[] List(string[] lines, string key)
    {
        var line = Array.Find(lines, line => line.TrimStart().StartsWith(key, StringComparison.Ordinal))!;
        return System.Text.Json.JsonSerializer.Deserialize<string[]>(line[(line.IndexOf(':') + 1)..])!;
    }
}
