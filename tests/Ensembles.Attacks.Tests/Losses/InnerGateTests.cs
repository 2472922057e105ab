using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// Gates of ensembles among the members. Where one fires its ensemble abstains, which an attacker may want or not.
/// </summary>
public class InnerGateTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.35);

    static Tensor Image => tensor(new[] { 0.4f, 0.4f, 0.5f, 0.5f }, [1, 1, 2, 2]);

    /// <summary>Class 1 where the first two pixels sum to more than 1.1.</summary>
    static LinearNetwork Weak(float scale = 1) =>
        new(new float[,] { { 0, 0, 0, 0 }, { scale, scale, 0, 0 } }, [0, -1.1f * scale]);

    /// <summary>Class 0, whatever the image.</summary>
    static LinearNetwork Firm() => new(new float[,] { { 0, 0, 0, 1e-3f }, { 0, 0, 0, 0 } }, [50, 0]);

    static Components Together<TRule>(params Component[] components) where TRule : IVotingRule
    {
        var members = components.Count(component => !component.IsGate && !component.IsFront);
        return new(components, VotingRule.From<TRule>(), full(members, 1f / members), 1);
    }

    static Component Gate(int pixel, float threshold, string name = "Gate") => new(
        name, new FunctionDetector(images => images.flatten(1).select(1, pixel)), tensor([threshold]));

    static AttackResult Attack(Components whole, IAttack attack, Criterion? criterion = null, long label = 0) =>
        attack.Run(
            AttackSurface.FromComponents(() => whole), Image, tensor(new[] { label }), threat,
            new AttackOptions { Criterion = criterion ?? Criterion.Misclassified });

    public static TheoryData<IAttack> Joint =>
    [
        new Pgd { Steps = 40, Restarts = 2 }, new Apgd { Restarts = 2 }, new Apgd { Loss = AttackLoss.Dlr },
        new Pgd { Steps = 40, Restarts = 2, Loss = AttackLoss.ReweighedMembers },
        new ApgdTargeted(), new MultiTargeted { Steps = 40 },
    ];

    /// <summary>
    /// The firm ensemble outvotes the weak member for as long as it votes: its gate has to be raised, on a pixel that
    /// nothing else depends on.
    /// </summary>
    [Theory]
    [MemberData(nameof(Joint), DisableDiscoveryEnumeration = true)]
    public void A_right_ensemble_is_made_to_abstain(IAttack attack)
    {
        var whole = Together<MeanLogit>(
            new("Weak", Weak()), new("Inner", Together<MeanLogit>(Gate(2, 0.7f), new("Firm", Firm()))));

        using var result = Attack(whole, attack);

        Assert.True(result.Success[0]);
        var pixels = Samples.Floats(result.Images);
        Assert.True(pixels[2] > 0.7f && pixels[0] + pixels[1] > 1.1f);
    }

    [Fact]
    public void An_attack_that_only_passes_the_gates_misses_it()
    {
        var whole = Together<MeanLogit>(
            new("Weak", Weak()), new("Inner", Together<MeanLogit>(Gate(2, 0.7f), new("Firm", Firm()))));

        using var first = Attack(whole, new Pgd { Steps = 40, RandomStart = false });

        Assert.False(first.Success[0]);
    }

    /// <summary>Nothing but the gated ensemble votes, so its gate rejects: the attack goes through the hole.</summary>
    [Theory]
    [MemberData(nameof(Joint), DisableDiscoveryEnumeration = true)]
    public void A_wrong_ensemble_is_kept_from_abstaining(IAttack attack)
    {
        var whole = Together<MeanProbability>(
            new Component("Inner", Together<MeanLogit>(Gate(0, 0.45f), new("Weak", Weak()))));

        using var result = Attack(whole, attack);

        Assert.True(result.Success[0]);
        var pixels = Samples.Floats(result.Images);
        Assert.True(pixels[0] <= 0.45f && pixels[0] + pixels[1] > 1.1f);
    }

    [Fact]
    public void Without_a_hole_nothing_is_claimed()
    {
        var whole = Together<MeanProbability>(
            new Component("Inner", Together<MeanLogit>(Gate(0, 0.3f), new("Weak", Weak()))));

        using var result = Attack(whole, new Pgd { Steps = 60, Restarts = 4 });

        Assert.False(result.Success[0]);
    }

    [Fact]
    public void Who_disrupts_raises_it_where_nobody_else_votes()
    {
        var whole = Together<MeanProbability>(
            new Component("Inner", Together<MeanLogit>(Gate(2, 0.7f), new("Firm", Firm()))));

        using var disrupted = Attack(whole, new Pgd { Steps = 40, Restarts = 2 }, Criterion.Disrupted);
        using var accepted = Attack(whole, new Pgd { Steps = 40, Restarts = 2 });

        Assert.True(disrupted.Success[0]);
        Assert.False(accepted.Success[0]);
    }

    [Fact]
    public void The_nearest_image_passes_it_too()
    {
        var whole = Together<MeanProbability>(
            new Component("Inner", Together<MeanLogit>(Gate(0, 0.45f), new("Weak", Weak(10)))));
        var unbounded = ThreatModel.Unbounded(Norm.L2);

        using var result = new CarliniWagnerL2 { Steps = 200, SearchSteps = 4 }.Run(
            AttackSurface.FromComponents(() => whole), Image, tensor(new[] { 0L }), unbounded, new AttackOptions());

        Assert.True(result.Success[0]);
        // The second pixel goes to 0.65 while the first stays below 0.45.
        Assert.InRange(result.Distance[0], 0.25, 0.3);
    }

    /// <summary>
    /// The same classifiers with the same weights and the same gate at one level: the gate rejects there, and has two
    /// of three abstain here, so whatever breaks that breaks this.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_attack_breaks_no_fewer_images_than_with_all_at_one_level(int seed)
    {
        var images = Samples.Images(40, seed: seed);
        LinearNetwork[] members = [.. Enumerable.Range(0, 3).Select(m => Samples.Linear(seed: seed + (10 * m)))];
        var labels = Samples.LabelsOf(members[0], images);
        var gate = Gate(0, 0.6f);
        var flat = new Components(
            [gate, new("A", members[0]), new("B", members[1]), new("C", members[2])],
            VotingRule.From<WeightedMean>(), tensor(new[] { 0.5f, 0.25f, 0.25f }), 1);
        var nested = new Components(
            [
                new("A", members[0]),
                new("Inner", Together<MeanProbability>(gate, new("B", members[1]), new("C", members[2]))),
            ],
            VotingRule.From<WeightedMean>(), tensor(new[] { 0.5f, 0.5f }), 1);
        int Broken(Components whole, IAttack attack)
        {
            using var result = attack.Run(
                AttackSurface.FromComponents(() => whole), images, labels, new(Norm.Linf, 0.06), new AttackOptions());
            return result.Success.Count(success => success);
        }

        foreach (var restarts in (int[])[1, 6])
        {
            var attack = new Pgd { Steps = 10, Restarts = restarts };
            Assert.InRange(Broken(nested, attack), Broken(flat, attack), images.size(0) - 1);
        }
    }

    [Fact]
    public void An_inner_gate_without_a_gradient_is_no_protection()
    {
        var masked = new Component(
            "Gate", new FunctionDetector(images => images.flatten(1).select(1, 0).round()), tensor([0.45f]));
        var whole = Together<MeanProbability>(
            new Component("Inner", Together<MeanLogit>(masked, new("Weak", Weak()))));

        var error = Assert.Throws<ZeroGradientException>(() => Attack(whole, new Pgd { Steps = 40, Restarts = 2 }));

        Assert.Contains("gate Inner.Gate", error.Message);
    }
}
