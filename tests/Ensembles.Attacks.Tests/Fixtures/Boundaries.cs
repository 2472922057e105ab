using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>A boundary at a known distance from the image.</summary>
static class Boundaries
{
    /// <summary>More steps end nearer to it, and the most of them within a factor of it.</summary>
    public static void ComesNear(IReadOnlyList<IAttack> longer, Norm norm, double factor)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        var w = Enumerable.Range(0, 64).Select(_ => random.NextSingle() * 4 - 2).ToArray();
        var weights = new float[2, 64];
        for (var d = 0; d < 64; d++)
            weights[1, d] = w[d];
        var nearest = 0.05;
        var dual = norm == Norm.Linf ? w.Sum(Math.Abs) : Math.Sqrt(w.Sum(v => (double)v * v));
        var network = new LinearNetwork(weights, [(float)(nearest * dual), -0.5f * w.Sum()]);
        double[] distances = [.. longer.Select(
            attack => attack.Run(
                network, full(1, 1, 8, 8, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(norm)).Distance[0])];
        Assert.Equal(distances.OrderDescending(), distances);
        Assert.InRange(distances[^1], nearest * (1 - 1e-4), nearest * factor);
    }
}
