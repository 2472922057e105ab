using CsCheck;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// A linear margin w x + b, on which the best perturbation is known: it falls by epsilon times the dual norm of w,
/// ||w||_1 under Linf, ||w||_2 under L2 and ||w||_inf under L1, and not by more.
/// </summary>
static class LinearMargin
{
    public const int Pixels = 9;

    public static Gen<float[]> Directions { get; } =
        Gen.Float[-2, 2].Array[Pixels].Where(w => w.Any(v => Math.Abs(v) > 0.1f));

    public static void MovesAllTheWay(IAttack attack, float[] w, Norm norm, double tolerance)
    {
        var full = 0.2 * DualNorm(w, norm);
        Assert.InRange(Moved(attack, w, norm), full * (1 - tolerance), full * (1 + 1e-5));
    }

    /// <summary>How far an attack at epsilon 0.2 moves the margin of a grey image that is out of its reach.</summary>
    public static double Moved(IAttack attack, float[] w, Norm norm)
    {
        using var scope = NewDisposeScope();
        var network = Network(w, lead: 100);
        var grey = full(1, 1, 3, 3, 0.5f);
        var result = attack.Run(network, grey, tensor(new[] { 0L }), new ThreatModel(norm, 0.2));
        Assert.False(result.Success[0]);
        // In double: the margin of 100 would swallow the digits.
        var change = (result.Images.to_type(ScalarType.Float64) - 0.5).flatten();
        return (change * tensor(w).to_type(ScalarType.Float64)).sum().item<double>();
    }

    /// <summary>
    /// Two classes; class 1 gains w (x - 0.5) on class 0, which leads by <paramref name="lead"/> on a grey image.
    /// </summary>
    public static LinearNetwork Network(float[] w, double lead)
    {
        var weights = new float[2, w.Length];
        for (var d = 0; d < w.Length; d++)
            weights[1, d] = w[d];
        return new LinearNetwork(weights, [(float)lead, -0.5f * w.Sum()]);
    }

    public static double DualNorm(float[] w, Norm norm) => norm switch
    {
        Norm.Linf => w.Sum(v => (double)Math.Abs(v)),
        Norm.L2 => Math.Sqrt(w.Sum(v => (double)v * v)),
        _ => w.Max(v => (double)Math.Abs(v)),
    };
}
