using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Extending.Tests.Attacks;

/// <summary>
/// A loss of one's own: how much log-mass all wrong classes together have over the true one. Cross-entropy saturates;
/// this does not.
/// </summary>
public sealed record WrongMass : VoteLoss
{
    public override string Name => "Wrong mass";

    public override Tensor Value(DefenseEvaluation evaluation)
    {
        var scores = evaluation.Output.Scores;
        var labels = evaluation.ForRows(evaluation.Labels).unsqueeze(1);
        var all = scores.logsumexp(1);
        var own = scores.gather(1, labels).squeeze(1);
        // log(sum_k e^{s_k} - e^{s_y}) - s_y, with the difference taken where it is exact.
        return all + (-(own - all).exp()).log1p() - own;
    }
}

public class WrongMassTests
{
    /// <summary>Of two classes the wrong mass is the other class's lead, so it breaks what the margin breaks.</summary>
    [Fact]
    public void Of_two_classes_it_is_the_margin()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var network = Sequential(Flatten(), Linear(16, 2));
        network.eval();
        var images = rand(60, 1, 4, 4);
        var labels = network.call(images).argmax(1);
        bool[] Broken(VoteLoss loss)
        {
            var attack = new Pgd { Steps = 10, Loss = loss, RandomStart = false };
            using var result = attack.Run(network, images, labels, new ThreatModel(Norm.Linf, 0.05));
            return [.. result.Success];
        }

        var broken = Broken(new WrongMass());
        Assert.InRange(broken.Count(b => b), 10, 50);
        Assert.Equal(Broken(AttackLoss.Margin), broken);
    }

    [Fact]
    public void Any_attack_that_takes_a_loss_of_the_vote_takes_it()
    {
        using var scope = NewDisposeScope();
        var (ensemble, images, labels) = Guarded.Create();
        var attack = new Apgd { Loss = new WrongMass(), Steps = 20 };
        var options = new AttackOptions();
        using var result = attack.Run(ensemble.Surface, images, labels, new ThreatModel(Norm.Linf, 0.08), options);

        Assert.Equal("APGD-Wrong mass-20", attack.Name);
        Assert.InRange(result.Success.Count(s => s), 20, result.Success.Count);
    }
}
