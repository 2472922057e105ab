using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

public class MoraTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.1);

    /// <summary>
    /// From anywhere in the ball a step of 2 epsilon ends at a corner: of a linear network at the one that changes its
    /// margin most.
    /// </summary>
    [Fact]
    public void The_first_step_is_two_epsilon_long()
    {
        using var scope = NewDisposeScope();
        var network = Samples.Linear(classes: 2);
        var images = Samples.Images(8) * 0.5 + 0.25;
        var labels = Samples.LabelsOf(network, images);
        var weights = network.parameters().First(parameter => parameter.dim() == 2).detach();
        var up = (weights[1] - weights[0]).sign().view(1, 1, 4, 4) * (1 - 2 * labels).view(-1, 1, 1, 1);
        using var result = new Mora { Steps = 1, Targets = 0 }.Run(network, images, labels, threat);
        var standing = tensor(result.Success.Select(success => !success).ToArray());
        Assert.True(standing.any().item<bool>());
        var corners = (images + threat.Epsilon * up).to_type(ScalarType.Float32);
        Assert.True((result.Images - corners)[standing].abs().max().item<float>() < 1e-6);
    }

    /// <summary>
    /// One member is a hundred times as sure of itself as the others: cross-entropy of the vote sees nothing but that
    /// one, and stops where it has turned.
    /// </summary>
    [Fact]
    public void It_sees_the_members_behind_a_sure_one()
    {
        using var scope = NewDisposeScope();
        var loud = Samples.Linear(seed: 1);
        var surface = new HandmadeSurface<MeanProbability>(
            [
                new FunctionClassifier(x => 100 * loud.call(x)), Samples.Linear(seed: 11), Samples.Linear(seed: 21),
            ]);
        var images = Samples.Images(64);
        var labels = surface.Evaluate(images, 1).Labels;
        var left = Left(surface, images, labels, new Mora { Steps = 20, Targets = 0 });
        Assert.InRange(left, 1, 63);
        Assert.True(left < Left(
            surface, images, labels, new Pgd { Steps = 20, Restarts = 5, Loss = AttackLoss.CrossEntropy }));
    }

    /// <summary>
    /// By every rule, and behind a gate, it breaks what a step of the gradient breaks, and leaves hardly more than the
    /// adaptive losses at as many steps.
    /// </summary>
    [Fact]
    public void It_attacks_ensembles_of_any_rule()
    {
        AssertBreaks<MeanProbability>();
        AssertBreaks<MeanLogit>();
        AssertBreaks<MedianLogit>();
        AssertBreaks<MajorityVote>();
        AssertBreaks<WeightedMean>();
        AssertBreaks<MaxMin>();
        AssertBreaks<Product>();
        AssertBreaks<Quorum>();
    }

    static void AssertBreaks<TRule>() where TRule : IVotingRule
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(48);
        var gate = new FunctionDetector(x => (x - 0.5).square().flatten(1).mean([1]));
        var threshold = gate.call(images).max().item<float>();
        var surface = new HandmadeSurface<TRule>(
            [Samples.Linear(seed: 1), Samples.Linear(seed: 2), Samples.Linear(seed: 3)], [(gate, threshold)]);
        var labels = surface.Evaluate(images, 1).Labels.clamp(min: 0);
        var left = Left(surface, images, labels, new Mora { Steps = 12 });
        Assert.InRange(left, 1, 47);
        Assert.InRange(left, 0, Left(surface, images, labels, new Fgsm()));
        Assert.InRange(left, 0, Left(surface, images, labels, new Pgd { Steps = 14, Restarts = 6 }) + 1);
    }

    /// <summary>Of one member nothing is to be weighed: the vote is followed once, then the targets.</summary>
    [Fact]
    public void One_classifier_is_attacked_once_and_at_its_targets()
    {
        using var scope = NewDisposeScope();
        var network = Samples.Linear(classes: 4);
        var images = Samples.Images(16);
        var labels = Samples.LabelsOf(network, images);
        using var alone = new Mora { Steps = 5, Targets = 0 }.Run(network, images, labels, new(Norm.Linf, 1e-4));
        using var targets = new Mora { Steps = 5 }.Run(network, images, labels, new(Norm.Linf, 1e-4));
        Assert.DoesNotContain(true, alone.Success);
        Assert.InRange(alone.Backwards, 16 * 5, 16 * 7);
        Assert.InRange(targets.Backwards, 16 * 5 * 4, 16 * 5 * 4 + 16 * 2);
    }

    static int Left(AttackSurface surface, Tensor images, Tensor labels, IAttack attack)
    {
        using var result = attack.Run(surface, images, labels, threat, new AttackOptions());
        return result.Success.Count(success => !success);
    }
}
