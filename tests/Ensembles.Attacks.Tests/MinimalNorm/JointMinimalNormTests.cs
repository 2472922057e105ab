using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// The nearest image that a vote gets wrong and every gate accepts (He et al. [15]). The first two pixels push the
/// class alike, the detector watches the first alone.
/// </summary>
public class JointMinimalNormTests
{
    /// <summary>Class 1 where the two pixels sum to more than 1.1; rejected where the first is above 0.45.</summary>
    static readonly HandmadeSurface<MeanLogit> surface = new(
        [new LinearNetwork(new float[,] { { 0, 0, 0, 0 }, { 1, 1, 0, 0 } }, [0, -1.1f])],
        [(new FunctionDetector(images => images.flatten(1).select(1, 0)), 0.45f)]);

    /// <summary>By which part above the nearest they may end. Behind a gate FMN is the furthest away.</summary>
    public static TheoryData<IAttack, double> Joint => new()
    {
        { new CarliniWagnerL2 { Steps = 300, SearchSteps = 6 }, 0.03 },
        { new Ddn { Steps = 200 }, 0.06 },
        { new Fmn(), 0.4 },
    };

    /// <summary>
    /// The vote alone is nearest at (0.55, 0.55), which is rejected; behind the gate nothing is nearer than (0.45,
    /// 0.65).
    /// </summary>
    [Theory]
    [MemberData(nameof(Joint), DisableDiscoveryEnumeration = true)]
    public void It_is_found_behind_the_gate(IAttack attack, double above)
    {
        foreach (var norm in attack.Norms)
        {
            using var result = attack.Run(
                surface, tensor(new[] { 0.4f, 0.4f, 0.5f, 0.5f }, [1, 1, 2, 2]), tensor(new[] { 0L }),
                ThreatModel.Unbounded(norm), new AttackOptions());
            var pixels = Samples.Floats(result.Images);
            Assert.True(result.Success[0] && pixels[0] <= 0.45f && pixels[0] + pixels[1] > 1.1f);
            var nearest = norm switch { Norm.L2 => Math.Sqrt(0.05 * 0.05 + 0.25 * 0.25), Norm.Linf => 0.25, _ => 0.3 };
            Assert.InRange(result.Distance[0], nearest * (1 - 1e-4), nearest * (1 + above));
        }
    }

    [Fact]
    public void An_attack_that_knows_the_vote_alone_is_rejected_and_claims_no_success()
    {
        using var result = new DeepFool().Run(
            surface, full(1, 1, 2, 2, 0.4f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.L2), new AttackOptions());
        Assert.False(result.Success[0]);
    }

    /// <summary>
    /// An attacker who only disrupts sets off the alarm, which is nearer: the first pixel above 0.45.
    /// </summary>
    [Theory]
    [MemberData(nameof(Joint), DisableDiscoveryEnumeration = true)]
    public void An_alarm_may_be_nearer(IAttack attack, double above)
    {
        var run = new AttackOptions { Criterion = Criterion.Disrupted };
        using var result = attack.Run(
            surface, full(1, 1, 2, 2, 0.4f), tensor(new[] { 0L }), ThreatModel.Unbounded(Norm.L2), run);
        Assert.InRange(result.Distance[0], 0.05 * (1 - 1e-4), 0.05 * (1 + above));
    }
}
