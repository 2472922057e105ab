using Ensembles.Defenses;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Extending.Tests.Strengths;

/// <summary>A strength of one's own, claimed by a defense, and measured on it and on its undefended twin.</summary>
public class BrightnessInvarianceTests
{
    [Fact]
    public void The_claim_holds_on_the_defense_and_not_the_other_way_round()
    {
        random.manual_seed(1);
        var (training, test) = (Images(200), Images(100));
        var (defense, twin) = (new ContrastClassifier(), new PlainClassifier());
        Train(defense, training);
        Train(twin, training);

        var found = BrightnessInvariance.Measure(defense, twin, test);
        Assert.True(found.Holds, $"{found}");
        Assert.InRange(found.Defense, 0, 0.02);
        Assert.InRange(found.Twin, 0.2, 1);
        Assert.False(BrightnessInvariance.Measure(twin, defense, test).Holds);
    }

    [Fact]
    public void An_ensemble_knows_what_its_member_claims()
    {
        var networks = new SmallCnnFactory(channels: 1, imageSize: 8, classes: 2);
        using var ensemble = new ContrastAndCompactness(new ContrastClassifier(), new CenterLossClassifier(networks));

        Assert.Equal([BrightnessInvariance.Name], ensemble.Declaration.Members[0].Strengths);
    }

    /// <summary>
    /// Images of two pixels. In class 1 the first pixel is brighter than the second by 0.05, in class 0 it is darker.
    /// Class 1 is also brighter as a whole, as if the classes had been photographed in different light.
    /// </summary>
    static LabeledImages Images(int count)
    {
        var labels = randint(0, 2, count, ScalarType.Int64);
        var contrast = 0.1 * (labels - 0.5);
        var brightness = 0.5 + 0.1 * (labels - 0.5) + 0.02 * randn(count);
        var pixels = stack([brightness + contrast / 2, brightness - contrast / 2], dim: 1);
        return new LabeledImages(pixels.to_type(ScalarType.Float32).view(count, 1, 1, 2), labels, classCount: 2);
    }

    static void Train(Classifier classifier, LabeledImages training)
    {
        using var optimizer = optim.Adam(classifier.parameters(), lr: 0.1);
        for (var step = 0; step < 200; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            functional.cross_entropy(classifier.call(training.Images), training.Labels).backward();
            optimizer.step();
        }
        classifier.eval();
    }
}

/// <summary>Sees each pixel less the mean of its image.</summary>
[Defense(Category.NonRobustFeatures)]
[Claims<BrightnessInvariance>]
public sealed class ContrastClassifier : Classifier
{
    readonly Module<Tensor, Tensor> network = Linear(2, 2);

    public ContrastClassifier() => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        var pixels = images.flatten(1);
        return network.call(pixels - pixels.mean([1], keepdim: true));
    }
}

/// <summary>The undefended twin.</summary>
public sealed class PlainClassifier : Classifier
{
    readonly Module<Tensor, Tensor> network = Linear(2, 2);

    public PlainClassifier() => RegisterComponents();

    public override Tensor forward(Tensor images) => network.call(images.flatten(1));
}

/// <summary>A defense of one's own beside one of the library.</summary>
[Ensemble<MeanLogit>]
public partial class ContrastAndCompactness
{
    [Member] public partial ContrastClassifier Contrast { get; }

    [Member] public partial CenterLossClassifier Compact { get; }
}
