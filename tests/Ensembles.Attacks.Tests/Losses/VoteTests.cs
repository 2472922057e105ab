using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// Rules that count votes: members that err each in its own way cancel into a rejection, which is no success for who
/// wants a wrong label.
/// </summary>
public class VoteTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.35);

    /// <summary>
    /// Three classes, two pixels u and v. The first member is nearest to class 1, the second to class 2; either class
    /// alone can be had from both, with u high and v low or the other way round. With both high each member errs its
    /// own way.
    /// </summary>
    static Classifier[] Rivals() =>
    [
        new LinearNetwork(new float[,] { { 0, 0 }, { 1, 0 }, { 0, 1 } }, [0, -0.55f, -0.75f]),
        new LinearNetwork(new float[,] { { 0, 0 }, { 1, 0 }, { 0, 1 } }, [0, -0.75f, -0.55f]),
    ];

    /// <summary>The first member can be had for class 1 alone, the second for class 2 alone.</summary>
    static Classifier[] Strangers() =>
    [
        new LinearNetwork(new float[,] { { 0, 0 }, { 1, 0 }, { 0, 1 } }, [0, -0.55f, -9]),
        new LinearNetwork(new float[,] { { 0, 0 }, { 1, 0 }, { 0, 1 } }, [0, -9, -0.55f]),
    ];

    static AttackResult Attack(AttackSurface surface, Criterion criterion) =>
        new Pgd { Steps = 40, Restarts = 4 }.Run(
            surface, full(1, 1, 1, 2, 0.5f), tensor(new[] { 0L }), threat, new AttackOptions { Criterion = criterion });

    [Fact]
    public void Members_are_brought_to_agree_on_one_wrong_label()
    {
        using var scope = NewDisposeScope();
        AttackSurface[] surfaces =
        [
            new HandmadeSurface<Quorum>(Rivals(), quorum: 2),
            new HandmadeSurface<MajorityVote>(Rivals()),
            new HandmadeSurface<MajorityVote>([.. Rivals(), Rivals()[0]]),
        ];
        foreach (var surface in surfaces)
        {
            using var result = Attack(surface, Criterion.Misclassified);
            Assert.True(result.Success[0]);
            Assert.NotEqual(Decision.Reject, surface.Evaluate(result.Images, 1).Labels.item<long>());
        }
    }

    [Fact]
    public void A_disagreement_is_a_rejection_and_no_success()
    {
        AttackSurface[] surfaces =
            [new HandmadeSurface<Quorum>(Strangers(), quorum: 2), new HandmadeSurface<MajorityVote>(Strangers())];
        foreach (var surface in surfaces)
        {
            using var wrong = Attack(surface, Criterion.Misclassified);
            using var rejected = Attack(surface, Criterion.Disrupted);
            Assert.Equal((false, true), (wrong.Success[0], rejected.Success[0]));
        }
    }

    /// <summary>Two of three members are out of reach; the third falls and must not count for the majority.</summary>
    [Fact]
    public void A_minority_does_not_decide()
    {
        var safe = new LinearNetwork(new float[,] { { 0, 0 }, { 0.1f, 0 }, { 0, 0.1f } }, [9, 0, 0]);
        var surface = new HandmadeSurface<MajorityVote>([Rivals()[0], safe, safe]);
        using var result = Attack(surface, Criterion.Misclassified);
        Assert.False(result.Success[0]);
    }

    /// <summary>
    /// Two near members pull the image down, three farther ones up: pushed all at once the near ones win, and two of
    /// five decide nothing. The three that are enough have to be pushed without them.
    /// </summary>
    [Fact]
    public void A_majority_is_pushed_without_those_that_pull_against_it()
    {
        static Classifier Along(float u, float v, float lead) =>
            new LinearNetwork(new float[,] { { 0, 0 }, { u, v } }, [lead, -(u + v) / 2]);
        var surface = new HandmadeSurface<MajorityVote>(
            [Along(1, 0, 0.31f), Along(0, 1, 0.31f), Along(1, 1, 0.62f), Along(-1, -1, 0.3f), Along(-1, -1, 0.3f)]);
        // One of ten majorities in every sixth restart.
        Assert.True(Succeeds(new Pgd { Restarts = 10 * 6, RandomStart = false }, surface));
        // Without that aim nothing finds it: the fixture is what it says.
        Assert.False(Succeeds(new Pgd { Restarts = 4, RandomStart = false }, surface));
    }

    /// <summary>Of five members three decide: the nearest three first, and the farthest three last.</summary>
    [Fact]
    public void Majorities_are_tried_in_order_of_how_near_they_are()
    {
        using var scope = NewDisposeScope();
        var values = tensor(new[] { -1f, -8f, -2f, 0.5f, -4f }).unsqueeze(1);
        Assert.Equal([1, 0, 1, 1, 0], Samples.Floats(Majorities.Mask(values, rank: 0)));
        Assert.Equal([1, 0, 0, 1, 1], Samples.Floats(Majorities.Mask(values, rank: 1)));
        Assert.Equal([0, 1, 1, 0, 1], Samples.Floats(Majorities.Mask(values, rank: 9)));
        Assert.Equal([1, 0, 1, 1, 0], Samples.Floats(Majorities.Mask(values, rank: 10)));
    }

    /// <summary>The second member's slope points away from where it errs until the first has fallen.</summary>
    [Fact]
    public void An_attack_on_all_starts_from_where_one_member_has_fallen()
    {
        var right = new FunctionClassifier(
            x => { var u = x.flatten(1).select(1, 0); return stack([zeros_like(u), u - 0.7], 1); });
        // Its lead over the pixel: a near hill to the left that does not reach 0, and a higher one to the right.
        var hills = new FunctionClassifier(x =>
        {
            var u = x.flatten(1).select(1, 0);
            return stack([zeros_like(u), (-(u - 0.45).abs() - 0.01).maximum(-(u - 0.8).abs() * 3 + 0.1)], 1);
        });
        var surface = new HandmadeSurface<MajorityVote>([right, hills]);
        Assert.True(Succeeds(new Pgd { Restarts = 6, RandomStart = false }, surface));
        Assert.False(Succeeds(new Pgd { Restarts = 5, RandomStart = false }, surface));
    }

    static bool Succeeds(IAttack attack, AttackSurface surface)
    {
        using var result = attack.Run(
            surface, full(1, 1, 1, 2, 0.5f), tensor(new[] { 0L }), threat, new AttackOptions());
        return result.Success[0];
    }

    /// <summary>Ten members, six of them within reach: the attack has to leave the four it cannot have.</summary>
    [Fact]
    public void A_majority_within_reach_is_enough()
    {
        var members = Enumerable.Range(0, 11)
            .Select(
                m => (Classifier)new LinearNetwork(
                    new float[,] { { 0, 0 }, { 1, m < 6 ? 1 : -1 } }, [m < 6 ? 1.5f : 60, 0]))
            .ToArray();
        using var result = Attack(new HandmadeSurface<MajorityVote>(members), Criterion.Misclassified);
        Assert.True(result.Success[0]);
    }
}
