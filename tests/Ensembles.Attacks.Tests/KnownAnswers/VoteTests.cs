using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>Rules that count votes: members that err each in its own way cancel into a rejection, which is no success for who wants a wrong label.</summary>
public class VoteTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.35);

    /// <summary>
    /// Three classes, two pixels u and v. The first member is nearest to class 1, the second to class 2; either class alone can be had from both,
    /// with u high and v low or the other way round. With both high each member errs its own way.
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

    static AttackResult Attack(AttackSurface surface, Objective objective) =>
        new Pgd { Steps = 40, Restarts = 4 }.Run(surface, full(1, 1, 1, 2, 0.5f), tensor(new[] { 0L }), threat, new AttackRun { Objective = objective });

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
            using var result = Attack(surface, Objective.Misclassify);
            Assert.True(result.Success[0]);
            Assert.NotEqual(Decision.Reject, surface.Evaluate(result.Images, 1).Labels.item<long>());
        }
    }

    [Fact]
    public void A_disagreement_is_a_rejection_and_no_success()
    {
        AttackSurface[] surfaces = [new HandmadeSurface<Quorum>(Strangers(), quorum: 2), new HandmadeSurface<MajorityVote>(Strangers())];
        foreach (var surface in surfaces)
        {
            using var wrong = Attack(surface, Objective.Misclassify);
            using var rejected = Attack(surface, Objective.Disrupt);
            Assert.Equal((false, true), (wrong.Success[0], rejected.Success[0]));
        }
    }

    /// <summary>Two of three members are out of reach; the third falls and must not count for the majority.</summary>
    [Fact]
    public void A_minority_does_not_decide()
    {
        var safe = new LinearNetwork(new float[,] { { 0, 0 }, { 0.1f, 0 }, { 0, 0.1f } }, [9, 0, 0]);
        var surface = new HandmadeSurface<MajorityVote>([Rivals()[0], safe, safe]);
        using var result = Attack(surface, Objective.Misclassify);
        Assert.False(result.Success[0]);
    }

    /// <summary>Ten members, six of them within reach: the attack has to leave the four it cannot have.</summary>
    [Fact]
    public void A_majority_within_reach_is_enough()
    {
        var members = Enumerable.Range(0, 11)
            .Select(m => (Classifier)new LinearNetwork(new float[,] { { 0, 0 }, { 1, m < 6 ? 1 : -1 } }, [m < 6 ? 1.5f : 60, 0]))
            .ToArray();
        using var result = Attack(new HandmadeSurface<MajorityVote>(members), Objective.Misclassify);
        Assert.True(result.Success[0]);
    }
}
