using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Networks.PyTorch;

/// <summary>What PyTorch's networks are called inside and what they answer, as <c>reference.py</c> wrote it.</summary>
sealed class PyTorchReference
{
    const long Prime = 65521;

    static readonly Dictionary<string, PyTorchReference> all = JsonSerializer.Deserialize<Dictionary<string,
        PyTorchReference>>(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "reference.json")), JsonSerializerOptions.Web)!;

    public required long[] Images { get; init; }

    public required Dictionary<string, long[]> Tensors { get; init; }

    public required double[][] Logits { get; init; }

    public static PyTorchReference Of(string name) => all[name];

    /// <summary>Images of the shape, float32.</summary>
    public Tensor MakeImages() =>
        (Uniform("images", Count(Images)) + 0.5).to_type(ScalarType.Float32).view(Images);

    /// <summary>The logits as a tensor, float32.</summary>
    public Tensor MakeLogits() => tensor(Logits.SelectMany(row => row).ToArray())
        .view(Logits.Length, -1)
        .to_type(ScalarType.Float32);

    /// <summary>The weights by PyTorch's names, as the script sets them.</summary>
    public Dictionary<string, Tensor> MakeWeights() =>
        Tensors.ToDictionary(t => t.Key, t => Weights(t.Key, t.Value));

    static Tensor Weights(string name, long[] shape)
    {
        if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            return tensor(7L);
        var u = Uniform(name, Count(shape));
        u = (shape.Length, name.Split('.')[^1]) switch
        {
            (4, _) => u * (2 * Math.Sqrt(6.0 / Count(shape[1..]))),
            (2, _) => u * (2 * Math.Sqrt(1.0 / shape[1])),
            (_, "running_var") => 1.5 + u,
            (_, "weight") => 0.75 + 0.5 * u,
            _ => 0.4 * u,
        };
        return u.to_type(ScalarType.Float32).view(shape);
    }

    /// <summary>
    /// Numbers in [-1/2, 1/2), float64: the squares of a linear congruence that the name starts, over a prime.
    /// </summary>
    static Tensor Uniform(string name, long count)
    {
        var start = Encoding.UTF8.GetBytes(name).Aggregate(0L, (h, c) => ((h * 131) + c) % Prime);
        var i = arange(count, dtype: ScalarType.Int64);
        var x = (i.remainder(Prime) + start + 1).mul(48271).remainder(Prime);
        return (x * x + i).remainder(Prime).to_type(ScalarType.Float64) / Prime - 0.5;
    }

    static long Count(long[] shape) => shape.Aggregate(1L, (product, n) => product * n);
}
