using System.Diagnostics;
using System.Text.Json;

namespace Ensembles.Tests.Packaging;

/// <summary>
/// What MSBuild makes of a project of this repository, by evaluation alone: nothing is restored or built.
/// </summary>
static class MSBuildEvaluation
{
    public static IReadOnlyList<string> PackageReferences(string project, params string[] arguments) =>
        PackageReferences(project, environment: [], arguments);

    public static IReadOnlyList<string> PackageReferences(
        string project, Dictionary<string, string> environment, params string[] arguments)
    {
        var json = Run(Path.Combine(RepositoryRoot, project), environment, ["-getItem:PackageReference", .. arguments]);
        return
        [
            .. JsonDocument.Parse(json).RootElement
                .GetProperty("Items")
                .GetProperty("PackageReference")
                .EnumerateArray()
                .Select(item => item.GetProperty("Identity").GetString()!),
        ];
    }

    static string RepositoryRoot
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Ensembles.sln")))
                directory = directory.Parent;
            return directory?.FullName
                ?? throw new DirectoryNotFoundException(
                    $"No folder above {AppContext.BaseDirectory} holds Ensembles.sln.");
        }
    }

    static string Run(string project, Dictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["msbuild", project, "-nologo", "-nodeReuse:false", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The build that runs the tests leaves its own settings in the environment.
        foreach (var name in start.Environment.Keys
                .Where(
                    k => k.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)
                        || k.StartsWith("Ensembles", StringComparison.Ordinal))
                .ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output + errors.Result);
        return output;
    }
}
