using Ensembles.Attacks;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.FeatureSeparation;

public class DistillationTests
{
    const double Temperature = 100;

    /// <summary>
    /// The known break: cross-entropy at T = 1 has no gradient in float32, so that PGD on it leaves nearly everything,
    /// and the same steps on the cross-entropy of z / T, or on the margin, nothing. APGD on cross-entropy says of what
    /// it leaves that it was blind there, and AutoAttack leaves nothing.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Hides_from_cross_entropy_and_falls_to_the_margin_and_to_its_own_temperature(int seed)
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(150, seed: 1);
        manual_seed(seed);
        using var distilled = new DistilledClassifier(Bars.Networks, Temperature);
        distilled.Train(images, new TrainingOptions { Epochs = 48, LearningRate = 3e-3, Seed = seed });

        Assert.True(Bars.Accuracy(distilled, images) > 0.95);
        var blind = Under(distilled);
        var cooled = Under(new Cooled(distilled));
        var margin = UnderAttack.Robust(distilled, images, 0.2);
        Assert.True(blind > 0.8, $"{blind} left by PGD on cross-entropy");
        Assert.True(cooled < 0.1, $"{cooled} left by PGD on the cross-entropy of z / T");
        Assert.True(margin < 0.1, $"{margin} left by PGD on the margin");
        using var apgd = new Apgd().Run(distilled, images.Images, images.Labels, new ThreatModel(Norm.Linf, 0.2));
        var seeing = apgd.Success.Zip(apgd.Blind).Count(image => !image.First && !image.Second);
        Assert.True(seeing < 0.1 * images.Count, $"{seeing} left by APGD on cross-entropy, which saw a gradient there");
        var worst = UnderAttack.Robust(distilled, images, 0.2, new AutoAttack());
        Assert.True(worst < 0.05, $"{worst} left by AutoAttack");

        double Under(Module<Tensor, Tensor> attacked)
        {
            var perturbed = new PgdPerturbation(0.2, steps: 20).Of(attacked, images.Images, images.Labels);
            using var shown = new LabeledImages(perturbed, images.Labels.alias(), Bars.Classes);
            return Bars.Accuracy(distilled, shown);
        }
    }

    /// <summary>The classifier at its temperature.</summary>
    sealed class Cooled(Module<Tensor, Tensor> classifier) : Module<Tensor, Tensor>(nameof(Cooled))
    {
        public override Tensor forward(Tensor images) => classifier.call(images) / Temperature;
    }
}
