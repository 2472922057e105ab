using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Robustness;

/// <summary>Which attacks an evaluation runs, and what it says of them.</summary>
public class AttackRunsTests
{
    static RobustnessResult Evaluate(
        AttackSurface surface, LabeledImages images, double epsilon, params IAttack[] attacks) =>
        RobustnessEvaluation.Run(
            surface, "defense", images, new ThreatModel(Norm.Linf, epsilon), attacks,
            new EvaluationOptions { Checks = CheckBudget.None });

    [Fact]
    public void A_vote_that_cannot_reject_is_attacked_once_and_one_that_can_for_either_success()
    {
        using var images = FourPixels.Of(40, [0.1, 0.1, 0, 0]);
        (string, Classifier)[] two = [("A", LinearClassifier.OfPixel(0)), ("B", LinearClassifier.OfPixel(1))];
        using var mean = new FakeEnsemble(two);
        using var majority = new FakeEnsemble(two) { Rule = VotingRule.From<MajorityVote>() };

        var byMean = Evaluate(mean.Surface, images, 0.05, new CornerAttack());
        var byMajority = Evaluate(majority.Surface, images, 0.05, new CornerAttack());

        Assert.Equal(["Misclassify"], byMean.Attacks.Select(attack => attack.Criterion));
        Assert.Equal(["Misclassify", "Disrupt"], byMajority.Attacks.Select(attack => attack.Criterion));

        // What says that it rejects nothing and does is attacked for both: under 0.2 one pixel of the two is turned.
        using var lying = new FakeEnsemble(two) { Rule = VotingRule.From<MajorityVote>() with { MayReject = false } };
        var byLying = Evaluate(lying.Surface, images, 0.2, new MoveAttack("up", (x, threat) => x + 0.15 * OfFirst(x)));
        Assert.Equal(["Misclassify", "Disrupt"], byLying.Attacks.Select(attack => attack.Criterion));

        static Tensor OfFirst(Tensor x) => zeros_like(x).index_fill_(3, tensor(0L), 1).mul_(
            zeros_like(x).index_fill_(2, tensor(0L), 1));
    }

    [Fact]
    public void AutoAttack_alone_on_a_vote_warns_and_with_the_adaptive_attack_beside_it_does_not()
    {
        using var images = FourPixels.Of(20, [0.1, 0.1, 0, 0]);
        using var ensemble = new FakeEnsemble(
            [("A", LinearClassifier.OfPixel(0)), ("B", LinearClassifier.OfPixel(1))]);
        string[] Warnings(params IAttack[] attacks) =>
        [
            .. Evaluate(ensemble.Surface, images, 0.05, attacks).Attacks.SelectMany(attack => attack.Warnings),
        ];

        Assert.Contains(AutoAttack.AdaptiveIsMissing, Warnings(new AutoAttack()));
        Assert.DoesNotContain(
            AutoAttack.AdaptiveIsMissing, Warnings(new AutoAttack(), new Pgd { Steps = 5, Restarts = 6 }));
    }
}
