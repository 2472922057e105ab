using System.Diagnostics;

namespace Ensembles.CudaCheck;

/// <summary>The machine's Python, where there is one.</summary>
static class Python
{
    /// <summary>The folder of the package torch; null where there is none.</summary>
    public static string? TorchFolder() =>
        Run(
            "-c",
            "import importlib.util as u; torch = u.find_spec('torch'); "
                + "print(torch.submodule_search_locations[0] if torch else '')") is { ExitCode: 0, Output: var output }
        && output.Trim() is { Length: > 0 } folder ? folder : null;

    /// <summary>
    /// Runs python3 and waits; null where there is none. What it says on the error stream goes to ours.
    /// </summary>
    public static (int ExitCode, string Output)? Run(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("python3", arguments) { RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
