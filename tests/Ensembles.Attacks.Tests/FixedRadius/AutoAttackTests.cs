using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

public class AutoAttackTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.3);

    public static TheoryData<AutoAttackVersion> Versions => [.. Enum.GetValues<AutoAttackVersion>()];

    [Theory]
    [MemberData(nameof(Versions))]
    public void It_breaks_what_is_within_reach_and_says_nothing_of_a_plain_classifier(AutoAttackVersion version)
    {
        using var result = Attack(Samples.Linear(), version, out var images);
        Assert.All(result.Success, Assert.True);
        Assert.Empty(result.Warnings);
        // On its own images, and at the distances it states.
        var distances = Samples.Floats((result.Images - images).abs().flatten(1).amax([1]));
        Assert.All(distances.Zip(result.Distance), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.All(distances, d => Assert.InRange(d, 0, 0.3f));
    }

    [Fact]
    public void Each_attack_runs_on_what_is_left()
    {
        using var scope = NewDisposeScope();
        // Out of reach for all: every stage sees every image; within reach of the first, the later ones see none.
        var linear = Samples.Linear();
        var safe = new FunctionClassifier(x => linear.call(x) + tensor(new[] { 50f, 0, 0, 0 }));
        var images = Samples.Images(4);
        var labels = zeros(4, dtype: ScalarType.Int64);
        var attack = new AutoAttack { Version = AutoAttackVersion.Rand };
        var parts = attack.Attacks.Select(a => a.Run(safe, images, labels, threat)).ToArray();
        var whole = attack.Run(safe, images, labels, threat);
        Assert.Equal(parts.Sum(p => p.Forwards), whole.Forwards);
        var wide = new ThreatModel(Norm.Linf, 0.9);
        Assert.Equal(
            new Apgd().Run(linear, images, labels, wide).Forwards, attack.Run(linear, images, labels, wide).Forwards);
        Assert.All(whole.Success, Assert.False);
    }

    /// <summary>
    /// Cross-entropy is blind to logits of millions; the logit ratio breaks them, and the figure says what was left
    /// out.
    /// </summary>
    [Fact]
    public void A_blind_loss_does_not_end_the_run_where_another_sees()
    {
        var network = new ScaledNetwork(Samples.Linear(), 1e6);
        var images = Samples.Images(12);
        var labels = Samples.LabelsOf(network, images);
        var near = new ThreatModel(Norm.Linf, 0.2);
        Assert.Throws<ZeroGradientException>(() => new Apgd().Run(network, images, labels, near));
        using var result = new AutoAttack().Run(network, images, labels, near);
        using var unscaled = new AutoAttack().Run(Samples.Linear(), images, labels, near);
        Assert.Equal(unscaled.Success, result.Success);
        Assert.Contains(result.Warnings, w => w.StartsWith("APGD-CE-100 found no gradient"));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_masked_gradient_raises(AutoAttackVersion version) =>
        Assert.Throws<ZeroGradientException>(
            () => Attack(new Behind(new BitDepth(2), Samples.Linear()), version, out _));

    [Fact]
    public void Probabilities_are_flagged()
    {
        var linear = Samples.Linear();
        using var result = Attack(
            new FunctionClassifier(x => linear.call(x).softmax(1)), AutoAttackVersion.Standard, out _);
        Assert.Contains(result.Warnings, w => w.Contains("probabilities"));
    }

    [Fact]
    public void Hidden_randomness_is_flagged()
    {
        var linear = Samples.Linear();
        using var result = Attack(
            new FunctionClassifier(x => linear.call(x) + randn(x.size(0), 4) * 0.01), AutoAttackVersion.Standard,
            out _);
        Assert.Equal(2, result.Warnings.Count(w => w.Contains("random numbers")));
    }

    [Fact]
    public void A_randomised_defense_that_says_so_is_flagged_in_the_standard_version_alone()
    {
        var linear = Samples.Linear();
        var noisy = new RandomClassifier(4, x => linear.call(x) + randn(x.size(0), 4) * 0.01);
        using var standard = Attack(noisy, AutoAttackVersion.Standard, out _);
        using var rand = Attack(noisy, AutoAttackVersion.Rand, out _);
        Assert.Single(standard.Warnings, w => w.Contains("random numbers"));
        Assert.Empty(rand.Warnings);
    }

    [Fact]
    public void Few_classes_are_flagged_and_broken()
    {
        foreach (var classes in new[] { 2, 3 })
        {
            using var result = Attack(Samples.Linear(classes), AutoAttackVersion.Standard, out _);
            Assert.All(result.Success, Assert.True);
            Assert.Contains(result.Warnings, w => w.Contains($"With {classes} classes"));
        }
    }

    /// <summary>
    /// A gradient that points nowhere useful: its sign is that of another classifier. Random search is not misled.
    /// </summary>
    [Fact]
    public void A_misleading_gradient_is_flagged_by_square()
    {
        var misleading = new Behind(new Misleading(), Samples.Linear());
        using var result = Attack(misleading, AutoAttackVersion.Standard, out _, epsilon: 0.15);
        Assert.Contains(result.Warnings, w => w.StartsWith("Square"));
        Assert.True(result.Success.Count(s => s) >= 8);
    }

    [Fact]
    public void An_ensemble_is_told_to_be_attacked_adaptively_too()
    {
        var surface = new HandmadeSurface<MeanLogit>([Samples.Linear(), Samples.Linear(seed: 1)]);
        using var result = new AutoAttack().Run(
            surface, Samples.Images(4), zeros(4, dtype: ScalarType.Int64), threat, new AttackOptions());
        Assert.Contains(result.Warnings, w => w.Contains("votes or rejects"));
    }

    static AttackResult Attack(
        Module<Tensor, Tensor> network, AutoAttackVersion version, out Tensor images, double epsilon = 0.3)
    {
        images = Samples.Images(12).DetachFromDisposeScope();
        return new AutoAttack { Version = version }.Run(
            network, images, Samples.LabelsOf(network, images), new ThreatModel(Norm.Linf, epsilon));
    }

    /// <summary>The identity, whose declared gradient is that of the image turned upside down and negated.</summary>
    sealed class Misleading() : InputTransform(nameof(Misleading)), INonDifferentiable
    {
        public override Tensor forward(Tensor images) => images.alias();

        public Tensor surrogate(Tensor images) => -images;
    }
}
