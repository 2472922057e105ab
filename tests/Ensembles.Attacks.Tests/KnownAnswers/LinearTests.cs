using CsCheck;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// On a linear classifier the best perturbation is known: the margin w x + b falls by eps times the dual norm of w, ||w||_1 under Linf,
/// ||w||_2 under L2 and ||w||_inf under L1, and not by more.
/// </summary>
public class LinearTests
{
    const int Pixels = 9;

    static readonly Gen<float[]> directions = Gen.Float[-2, 2].Array[Pixels].Where(w => w.Any(v => Math.Abs(v) > 0.1f));

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    [InlineData(Norm.L1)]
    public void Fgsm_moves_the_margin_by_epsilon_times_the_dual_norm(Norm norm) =>
        directions.Sample(w => MovesAllTheWay(new Fgsm(), w, norm, 1e-5), iter: 30, threads: 1);

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    [InlineData(Norm.L1)]
    public void Pgd_moves_the_margin_by_epsilon_times_the_dual_norm(Norm norm) =>
        directions.Sample(w => MovesAllTheWay(new Pgd { Steps = 20 }, w, norm, 0.02), iter: 10, threads: 1);

    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L2)]
    public void Noise_moves_it_less(Norm norm)
    {
        var w = Enumerable.Repeat(1f, Pixels).ToArray();
        Assert.InRange(Moved(new UniformNoise(), w, norm), 0.01, 0.95 * DualNorm(w, norm) * 0.2);
        Assert.InRange(Moved(new GaussianNoise(), w, norm), 0.01, 0.95 * DualNorm(w, norm) * 0.2);
    }

    /// <summary>The best of the 512 corners, or of the 18 under L1, is one of 5000 tries.</summary>
    [Theory]
    [InlineData(Norm.Linf)]
    [InlineData(Norm.L1)]
    public void The_best_corner_moves_it_all_the_way(Norm norm)
    {
        float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -1.9f, 0.1f];
        MovesAllTheWay(new UniformNoise { Tries = 5000, Corners = true }, w, norm, 1e-5);
    }

    /// <summary>The estimate's expectation is the gradient. Under L2 Adam, which moves small entries nearly as far as large ones, stops a little short of the best point.</summary>
    [Theory]
    [InlineData(Norm.Linf, 0.03)]
    [InlineData(Norm.L2, 0.1)]
    public void Spsa_moves_it_nearly_all_the_way(Norm norm, double tolerance) =>
        MovesAllTheWay(new Spsa { Samples = 64 }, [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -1.9f, 0.3f], norm, tolerance);

    /// <summary>Just inside the reach and just outside it.</summary>
    [Theory]
    [MemberData(nameof(Attacks.Reaching), MemberType = typeof(Attacks))]
    public void Success_ends_where_the_reach_ends(string attack)
    {
        foreach (var norm in Attacks.Named(attack).Norms)
        {
            using var scope = NewDisposeScope();
            float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -2, 0.1f];
            var reach = 0.2 * DualNorm(w, norm);
            var result = new[] { 0.97, 1.001 }.Select(share => Attacks.Named(attack)
                .Run(Margin(w, lead: share * reach), full(1, 1, 3, 3, 0.5f), tensor(new[] { 0L }), new ThreatModel(norm, 0.2)).Success[0]);
            Assert.Equal([true, false], result);
        }
    }

    static void MovesAllTheWay(IAttack attack, float[] w, Norm norm, double tolerance)
    {
        var full = 0.2 * DualNorm(w, norm);
        Assert.InRange(Moved(attack, w, norm), full * (1 - tolerance), full * (1 + 1e-5));
    }

    /// <summary>How far an attack at epsilon 0.2 moves the margin of a grey image that is out of its reach.</summary>
    static double Moved(IAttack attack, float[] w, Norm norm)
    {
        using var scope = NewDisposeScope();
        var network = Margin(w, lead: 100);
        var grey = full(1, 1, 3, 3, 0.5f);
        var result = attack.Run(network, grey, tensor(new[] { 0L }), new ThreatModel(norm, 0.2));
        Assert.False(result.Success[0]);
        // In double: the margin of 100 would swallow the digits.
        var change = (result.Images.to_type(ScalarType.Float64) - 0.5).flatten();
        return (change * tensor(w).to_type(ScalarType.Float64)).sum().item<double>();
    }

    /// <summary>Two classes; class 1 gains w (x - 0.5) on class 0, which leads by <paramref name="lead"/> on a grey image.</summary>
    static LinearNetwork Margin(float[] w, double lead)
    {
        var weights = new float[2, w.Length];
        for (var d = 0; d < w.Length; d++)
            weights[1, d] = w[d];
        return new LinearNetwork(weights, [(float)lead, -0.5f * w.Sum()]);
    }

    static double DualNorm(float[] w, Norm norm) => norm switch
    {
        Norm.Linf => w.Sum(v => (double)Math.Abs(v)),
        Norm.L2 => Math.Sqrt(w.Sum(v => (double)v * v)),
        _ => w.Max(v => (double)Math.Abs(v)),
    };
}
