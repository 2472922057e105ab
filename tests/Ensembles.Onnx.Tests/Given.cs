using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

/// <summary>Files and images that depend on nothing but a seed.</summary>
static class Given
{
    public static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", $"{name}.onnx");

    public static Tensor Images(IReadOnlyList<long> shape, int count, int seed = 3)
    {
        using var generator = new Generator((ulong)seed);
        return rand([count, .. shape], generator: generator);
    }

    /// <summary>The file of a graph from images [N, ...], which is written by a builder.</summary>
    public static string Write(
        TemporaryFolder folder, long[] shape, Func<GraphBuilder, Value, Value> network, string name = "net.onnx")
    {
        var builder = new GraphBuilder("net");
        var images = builder.Input("images", ScalarType.Float32,
            [Dimension.Batch, .. shape.Select(size => new Dimension(size))]);
        var path = folder.Path(name);
        File.WriteAllBytes(path, GraphWriter.Write(builder.Build(("logits", network(builder, images)))));
        return path;
    }

    /// <summary>A linear layer on flattened images.</summary>
    public static Value Linear(GraphBuilder builder, Value images, int classes = 3)
    {
        var flat = builder.Add(new Flatten(), images);
        var weight = Images([flat.Type.Shape[1].Factor], classes, seed: 5) - 0.5f;
        return builder.Add(new Gemm { TransposesB = true }, flat, builder.Weight("fc.weight", weight));
    }
}

/// <summary>A folder that goes with the test.</summary>
sealed class TemporaryFolder : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles-onnx-").FullName;

    public string Root => folder;

    public string Path(string name) => System.IO.Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
