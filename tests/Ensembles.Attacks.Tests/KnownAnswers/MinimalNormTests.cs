using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// What minimal-norm attacks promise. On a linear classifier of two classes, with the box out of the way, the smallest perturbation has the size
/// |w x + b| over the dual norm of w.
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

    /// <summary>|f| / ||w|| and a fiftieth of it, by hand: f = 0.6, w = (0.5, -2, 0.25).</summary>
    [Fact]
    public void DeepFool_is_exact_on_a_linear_classifier_after_one_step()
    {
        var network = new LinearNetwork(new float[,] { { 0, 0, 0 }, { 0.5f, -2, 0.25f } }, [0.6f, 0.625f]);
        using var result = new DeepFool { Steps = 1 }.Run(network, full(1, 1, 1, 3, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.L2));
        Assert.Equal(0.294705, result.Distance[0], 1.1e-4);
        Assert.True(result.Success[0]);
    }

    /// <summary>A wrong class has to lead by the confidence, and the image moves by so much more.</summary>
    [Fact]
    public void Confidence_buys_a_lead_with_distance()
    {
        var network = new LinearNetwork(new float[,] { { 0, 0, 0 }, { 0.5f, -2, 0.25f } }, [0.1f, 0.625f]);
        var attack = new CarliniWagnerL2 { Steps = 200, SearchSteps = 6, Confidence = 0.5 };
        using var result = attack.Run(network, full(1, 1, 1, 3, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.L2));
        using var logits = network.call(result.Images);
        Assert.True((logits[0, 1] - logits[0, 0]).item<float>() >= 0.5f);
        Assert.InRange(result.Distance[0], 0.6 / Math.Sqrt(4.3125) * (1 - 1e-4), 0.6 / Math.Sqrt(4.3125) * 1.03);
        using var outOfReach = (attack with { Confidence = 9 }).Run(network, full(1, 1, 1, 3, 0.5f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.L2));
        Assert.False(outOfReach.Success[0]);
    }

    [Theory]
    [MemberData(nameof(Attacks.Bounded), MemberType = typeof(Attacks))]
    public void Attacks_that_search_a_ball_ask_for_its_radius(string attack)
    {
        var raised = Assert.Throws<ArgumentOutOfRangeException>(() => Run(attack, ThreatModel.Unbounded(Norm.Linf), lead: 1));
        Assert.Contains("needs its radius", raised.Message);
    }

    static Tensor Grey => full(1, 1, 3, 3, 0.5f);

    /// <summary>Class 1 gains w (x - 0.5) on class 0, which leads by <paramref name="lead"/> on a grey image.</summary>
    static AttackResult Run(string attack, ThreatModel threat, double lead)
    {
        var weights = new float[2, w.Length];
        for (var d = 0; d < w.Length; d++)
            weights[1, d] = w[d];
        return Attacks.Named(attack).Run(new LinearNetwork(weights, [(float)lead, -0.5f * w.Sum()]), Grey, tensor(new[] { 0L }), threat);
    }

    static double DualNorm(Norm norm) => norm switch
    {
        Norm.Linf => w.Sum(v => (double)Math.Abs(v)),
        Norm.L2 => Math.Sqrt(w.Sum(v => (double)v * v)),
        _ => w.Max(v => (double)Math.Abs(v)),
    };
}
