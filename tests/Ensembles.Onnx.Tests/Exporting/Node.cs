using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace Ensembles.Onnx.Tests;

/// <summary>Node with the npm package onnxruntime-web.</summary>
static class Node
{
    static readonly string folder = typeof(Node).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "NodeFolder").Value!;

    /// <summary>A tensor as the script prints it; NaN is null.</summary>
    public sealed record Output(long[] Dims, double?[] Data);

    /// <summary>What is missing to run it, with what to do; null where nothing is.</summary>
    public static string? Missing =>
        !OnPath("node") ? "node is not installed."
        : !Directory.Exists(Path.Combine(folder, "node_modules", "onnxruntime-web"))
            ? "onnxruntime-web is not installed: npm ci --ignore-scripts --prefix tests/Ensembles.Onnx.Tests/Node."
        : null;

    /// <summary>The outputs of a file for images that lie in another as raw float32, by name.</summary>
    public static Dictionary<string, Output> Classify(string model, string images, long[] shape)
    {
        var start = new ProcessStartInfo(
            "node", [Path.Combine(folder, "classify.mjs"), model, images, string.Join(',', shape)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"node ended with {process.ExitCode}: {error.Result}");
        return JsonSerializer.Deserialize<Dictionary<string, Output>>(output, JsonSerializerOptions.Web)!;
    }

    static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(place => new[] { program, $"{program}.exe" }.Any(file => File.Exists(Path.Combine(place, file))));
}

/// <summary>A test that runs where Node and onnxruntime-web are installed.</summary>
sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute() => Skip = Node.Missing;
}
