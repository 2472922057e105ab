using System.Diagnostics;
using System.Reflection;

namespace PackedPackage.Tests;

/// <summary>The dotnet command line, in a folder, with its output.</summary>
static class Dotnet
{
    public static string RepositoryRoot { get; } = Metadata("RepositoryRoot");

    /// <summary>The packages that this repository was restored with.</summary>
    public static string PackageRoot { get; } = Metadata("PackageRoot");

    public static string Run(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the surrounding test run hands to its own children must not reach an independent build.
        foreach (var name in
            start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        // Other suites run beside this one: torch's second thread would wait for its turn in a loop.
        start.Environment["OMP_NUM_THREADS"] = "1";

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(
            process.ExitCode == 0,
            $"dotnet {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}\n{error.Result}");
        return output;
    }

    static string Metadata(string key) => typeof(Dotnet).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
