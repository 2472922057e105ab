using Ensembles.Attacks;
using Ensembles.Defenses;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Extending.Tests;

/// <summary>
/// Members are to be wrong about different classes: their probabilities of wrong classes share little.
/// </summary>
public sealed class SharedMistakes(double weight) : JointTraining
{
    public double Weight { get; } = weight;

    public override Tensor Of(JointBatch batch) => batch.OwnLosses + Weight * Overlap(batch);

    /// <summary>
    /// mean_n log of sum_(k != y) prod_m p_mk, the chance that all members draw the same wrong class.
    /// </summary>
    public static Tensor Overlap(JointBatch batch)
    {
        var right = nn.functional.one_hot(batch.Labels, batch.Probabilities.size(2)).to_type(ScalarType.Bool);
        return batch.Probabilities.log().sum([0]).exp().masked_fill(right, 0).sum(1).add(1e-9).log().mean();
    }
}

[Ensemble<MeanProbability>]
public partial class Couple
{
    [Front] public partial GaussianBlurTransform Blur { get; }

    [Member] public partial CenterLossClassifier First { get; }

    [Member] public partial AverageMarginClassifier Second { get; }
}

public class OwnJointTrainingTests
{
    /// <summary>One option of the generated training joins the members, behind their front.</summary>
    [Fact]
    public void A_joint_loss_of_ones_own_trains_the_members_of_any_ensemble()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(90, seed: 1);
        var (alone, joined) = (Trained(null), Trained(new SharedMistakes(0.05)));
        Assert.True(Agreement(joined) < Agreement(alone) - 0.5, $"{Agreement(joined)}, alone {Agreement(alone)}");
        Assert.InRange(joined.call(images.Images).Labels.eq(images.Labels).sum().item<long>(), 80, 90);
        using var result = new Pgd { Steps = 20, Restarts = 5, Loss = AttackLoss.ReweighedMembers }.Run(
            joined.Surface, images.Images, images.Labels, new ThreatModel(Norm.Linf, 0.2),
            new AttackOptions());
        Assert.InRange(result.Success.Count(success => !success), 0, 30);

        Couple Trained(JointTraining? joint)
        {
            manual_seed(1);
            var couple = new Couple(
                new GaussianBlurTransform(0.6),
                new CenterLossClassifier(Bars.Networks),
                new AverageMarginClassifier(Bars.Networks));
            couple.Train(images, new TrainingOptions { Epochs = 24, LearningRate = 3e-3, Joint = joint });
            couple.eval();
            return couple;
        }

        float Agreement(Couple couple)
        {
            using var noGradient = no_grad();
            var seen = couple.Blur.call(images.Images);
            var both = couple.First.call(seen).softmax(1) * couple.Second.call(seen).softmax(1);
            var right = nn.functional.one_hot(images.Labels, Bars.Classes).to_type(ScalarType.Bool);
            return both.masked_fill(right, 0).sum(1).add(1e-9).log().mean().item<float>();
        }
    }
}
