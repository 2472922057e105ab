using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>
/// Results of reference implementations. The folder is named by ENSEMBLES_PARITY, or stands beside the one that
/// ENSEMBLES_DATA names.
/// </summary>
static class Parity
{
    public static string? Folder { get; } = Find();

    static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("ENSEMBLES_PARITY");
        if (string.IsNullOrEmpty(named) && Environment.GetEnvironmentVariable("ENSEMBLES_DATA") is { Length: > 0 } data)
            named = Path.Combine(data, "..", "parity");
        return named is not null && File.Exists(Path.Combine(named, "goldens", "manifest.json")) ? named : null;
    }

    /// <summary>Float32 values of a golden file.</summary>
    public static Tensor Floats(string file, params long[] shape) => tensor(Read<float>(file), shape);

    /// <summary>Int32 values of a golden file, as int64.</summary>
    public static Tensor Labels(string file) => tensor(Array.ConvertAll(Read<int>(file), v => (long)v));

    /// <summary>The reference network, which the results are of.</summary>
    public static nn.Module<Tensor, Tensor> Network()
    {
        var network = nn.Sequential(
            nn.Conv2d(1, 16, 4, stride: 2, padding: 1), nn.ReLU(), nn.Conv2d(16, 32, 4, stride: 2, padding: 1),
            nn.ReLU(), nn.Flatten(), nn.Linear(1568, 100), nn.ReLU(), nn.Linear(100, 10));
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (weights, start) = (Floats("std.bin", 166406), 0L);
        foreach (var parameter in network.parameters())
        {
            parameter.copy_(weights.narrow(0, start, parameter.numel()).view(parameter.shape));
            start += parameter.numel();
        }

        network.eval();
        return network;
    }

    static T[] Read<T>(string file) where T : unmanaged
    {
        var bytes = File.ReadAllBytes(Path.Combine(Folder!, file));
        var values = new T[bytes.Length / 4];
        Buffer.BlockCopy(bytes, 0, values, 0, bytes.Length);
        return values;
    }
}

/// <summary>A fact about reference results; skipped, with the reason, where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class ParityFactAttribute : FactAttribute
{
    public ParityFactAttribute()
    {
        if (Parity.Folder is null)
            Skip = "The reference results are absent: set ENSEMBLES_PARITY to their folder, or ENSEMBLES_DATA to a "
                + "folder beside it.";
    }
}
