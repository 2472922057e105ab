using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Extending.Tests;

/// <summary>
/// Moves each image's brightness as far as allowed, up or down, whichever the gradient says hurts more.
/// </summary>
public sealed class BrightnessPerturbation(double epsilon) : Perturbation
{
    public double Epsilon { get; set; } = epsilon;

    public override Tensor Of(PerturbedBatch batch)
    {
        using var scope = NewDisposeScope();
        var direction = batch.Gradient(batch.Images).sum([1, 2, 3], keepdim: true).sign();
        return (batch.Images + Epsilon * direction).clamp(0, 1).MoveToOuterDisposeScope();
    }
}

[Defense(Category.NonRobustFeatures)]
[Claims<WorstCaseMarginalization>]
public sealed class BrightnessClassifier : NetworkClassifier
{
    public BrightnessClassifier(INetworkFactory networks) : base(networks) =>
        Perturbation = new BrightnessPerturbation(0.3);
}

public class OwnPerturbationTests
{
    [Fact]
    public void Training_on_it_holds_what_an_undefended_twin_does_not()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(240, seed: 1);
        using var held = Bars.Make(120, seed: 2);
        manual_seed(1);
        using var twin = new BrightnessClassifier(Bars.Networks) { Perturbation = null };
        manual_seed(1);
        using var defended = new BrightnessClassifier(Bars.Networks);
        var options = new TrainingOptions { Seed = 1, Epochs = 14, LearningRate = 3e-3 };
        twin.Train(training, options);
        defended.Train(training, options);
        Assert.True(Robust(defended) > Robust(twin) + 0.1, $"{Robust(defended)} against {Robust(twin)}");

        double Robust(NetworkClassifier classifier)
        {
            var perturbed = new BrightnessPerturbation(0.3).Of(classifier, held.Images, held.Labels);
            using var images = new LabeledImages(perturbed, held.Labels.alias(), Bars.Classes);
            return Bars.Accuracy(classifier, images);
        }
    }
}
