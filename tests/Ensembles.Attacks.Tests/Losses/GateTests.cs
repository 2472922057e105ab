using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// A detector with a known hole. The first two pixels push the class alike, the detector watches the first alone: an
/// attack that knows it moves the second.
/// </summary>
public class GateTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.35);

    /// <summary>Class 1 where the two pixels sum to more than 1.1.</summary>
    static LinearNetwork Network() => new(new float[,] { { 0, 0, 0, 0 }, { 1, 1, 0, 0 } }, [0, -1.1f]);

    static FunctionDetector WatchingFirstPixel() => new(images => images.flatten(1).select(1, 0));

    static Tensor Image => tensor(new[] { 0.4f, 0.4f, 0.5f, 0.5f }, [1, 1, 2, 2]);

    static AttackResult Attack(IAttack attack, float threshold, Criterion? criterion = null) =>
        attack.Run(
            new HandmadeSurface<MeanLogit>([Network()], [(WatchingFirstPixel(), threshold)]), Image,
            tensor(new[] { 0L }), threat, new AttackOptions { Criterion = criterion ?? Criterion.Misclassified });

    public static TheoryData<IAttack> Joint =>
    [
        new Pgd { Steps = 100 }, new Apgd(), new Apgd { Loss = AttackLoss.Dlr }, new ApgdTargeted(),
        new MultiTargeted { Steps = 100 }, new Spsa(),
    ];

    [Theory]
    [MemberData(nameof(Joint), DisableDiscoveryEnumeration = true)]
    public void A_joint_attack_goes_through_the_hole(IAttack attack)
    {
        using var result = Attack(attack, threshold: 0.45f);
        Assert.True(result.Success[0]);
        // By its own figures: wrong, and accepted.
        var pixels = Samples.Floats(result.Images);
        Assert.True(pixels[0] <= 0.45f && pixels[0] + pixels[1] > 1.1f);
    }

    [Fact]
    public void An_attack_blind_to_the_gate_is_rejected_and_claims_no_success()
    {
        foreach (var loss in new[] { AttackLoss.Margin, AttackLoss.CrossEntropy })
        {
            using var result = Attack(new Pgd { Steps = 100, Loss = loss, RandomStart = false }, threshold: 0.45f);
            Assert.False(result.Success[0]);
        }
    }

    [Fact]
    public void Without_a_hole_nothing_is_claimed()
    {
        // With the first pixel below 0.3 the second, at most 0.75, does not reach a sum of 1.1.
        using var result = Attack(new Pgd { Steps = 100, Restarts = 4 }, threshold: 0.3f);
        Assert.False(result.Success[0]);
    }

    /// <summary>An image that is rejected is right for the lenient figure and wrong for the strict one.</summary>
    [Fact]
    public void A_rejection_counts_for_the_attacker_who_disrupts_only()
    {
        var restarts = new Pgd { Steps = 20, Restarts = 2 };
        using var disrupted = Attack(restarts, threshold: 0.5f, Criterion.Disrupted);
        Assert.True(disrupted.Success[0]);

        // The vote cannot be moved at all: only the gate's alarm is left, which the second restart raises.
        var still = new LinearNetwork(new float[,] { { 0, 0, 0, 0 }, { 0, 0, 1e-6f, 0 } }, [1, 0]);
        var surface = new HandmadeSurface<MeanLogit>([still], [(WatchingFirstPixel(), 0.7f)]);
        var run = new AttackOptions { Criterion = Criterion.Disrupted };
        using var alarmed = restarts.Run(surface, Image, tensor(new[] { 0L }), threat, run);
        using var one = (restarts with { Restarts = 1, RandomStart = false }).Run(
            surface, Image, tensor(new[] { 0L }), threat, run);
        using var automatic = new Apgd().Run(surface, Image, tensor(new[] { 0L }), threat, run);
        using var accepted = restarts.Run(
            surface, Image, tensor(new[] { 0L }), threat, run with { Criterion = Criterion.Misclassified });
        Assert.Equal(
            (true, true, false, false),
            (alarmed.Success[0], automatic.Success[0], one.Success[0], accepted.Success[0]));
    }

    /// <summary>
    /// A clean image that the gate rejects already needs no attack to be disrupted, and must get past the gate to be
    /// misclassified.
    /// </summary>
    [Fact]
    public void A_clean_rejection_is_a_success_of_the_attacker_who_disrupts_at_no_distance()
    {
        using var disrupted = Attack(new Pgd(), threshold: 0.35f, Criterion.Disrupted);
        Assert.True(disrupted.Success[0]);
        Assert.Equal(0, disrupted.Distance[0]);
    }
}
