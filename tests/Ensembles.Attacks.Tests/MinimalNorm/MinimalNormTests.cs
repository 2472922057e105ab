using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// What minimal-norm attacks promise. On a linear classifier of two classes, with the box out of the way, the smallest
/// perturbation has the size |w x + b| over the dual norm of w.
/// </summary>
public class MinimalNormTests
{
    static readonly float[] w = [1, -0.5f, 0.25f, 2, -1, 0.5f, 1.5f, -2, 0.1f];

    [Theory]
    [MemberData(nameof(Attacks.Minimal), MemberType = typeof(Attacks))]
    public void Without_a_radius_the_distance_is_that_of_the_boundary(string attack, Norm norm)
    {
        using var scope = NewDisposeScope();
        double[] nearest = [0.05, 0.1, 0.2];
        foreach (var distance in nearest)
        {
            using var result = Run(attack, ThreatModel.Unbounded(norm), lead: distance * DualNorm(norm));
            Assert.True(result.Success[0]);
            // Not below it, which would be wrong, and not far above it.
            Assert.InRange(result.Distance[0], distance * (1 - 1e-4), distance * 1.05);
            Assert.Equal(norm.Distances(result.Images, Grey).item<double>(), result.Distance[0]);
        }
    }

    /// <summary>A radius decides what counts, and nothing else: just inside it and just outside.</summary>
    [Theory]
    [MemberData(nameof(Attacks.Minimal), MemberType = typeof(Attacks))]
    public void With_a_radius_success_ends_where_it_ends(string attack, Norm norm)
    {
        using var scope = NewDisposeScope();
        Assert.True(Run(attack, new ThreatModel(norm, 0.1), lead: 0.1 / 1.06 * DualNorm(norm)).Success[0]);
        Assert.False(Run(attack, new ThreatModel(norm, 0.1), lead: 0.101 * DualNorm(norm)).Success[0]);
    }

    /// <summary>An image that is wrong already is its own nearest adversarial image.</summary>
    [Theory]
    [MemberData(nameof(Attacks.Minimal), MemberType = typeof(Attacks))]
    public void A_wrong_image_is_left_where_it_is(string attack, Norm norm)
    {
        using var result = Run(attack, ThreatModel.Unbounded(norm), lead: -1);
        Assert.True(result.Success[0]);
        Assert.Equal(0, result.Distance[0]);
    }

    [Theory]
    [MemberData(nameof(Attacks.Bounded), MemberType = typeof(Attacks))]
    public void Attacks_that_search_a_ball_ask_for_its_radius(string attack)
    {
        var raised = Assert.Throws<ArgumentOutOfRangeException>(
            () => Run(attack, ThreatModel.Unbounded(Norm.Linf), lead: 1));
        Assert.Contains("needs its radius", raised.Message);
    }

    static Tensor Grey => full(1, 1, 3, 3, 0.5f);

    /// <summary>Class 1 gains w (x - 0.5) on class 0, which leads by <paramref name="lead"/> on a grey image.</summary>
    static AttackResult Run(string attack, ThreatModel threat, double lead)
    {
        var weights = new float[2, w.Length];
        for (var d = 0; d < w.Length; d++)
            weights[1, d] = w[d];
        return Attacks.Named(attack).Run(
            new LinearNetwork(weights, [(float)lead, -0.5f * w.Sum()]), Grey, tensor(new[] { 0L }), threat);
    }

    static double DualNorm(Norm norm) => norm switch
    {
        Norm.Linf => w.Sum(v => (double)Math.Abs(v)),
        Norm.L2 => Math.Sqrt(w.Sum(v => (double)v * v)),
        _ => w.Max(v => (double)Math.Abs(v)),
    };
}
