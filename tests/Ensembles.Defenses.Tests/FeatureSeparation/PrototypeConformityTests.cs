using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.FeatureSeparation;

public class PrototypeConformityTests
{
    /// <summary>What is known of it: the loss alone is no defense.</summary>
    [Fact]
    public void Falls_when_trained_on_clean_images_and_holds_when_trained_on_perturbed_ones()
    {
        using var images = Bars.Make(150, seed: 1);
        var (clean, fallen) = Train(null);
        var (_, held) = Train(new PgdPerturbation(0.2, steps: 5) { WarmUp = 0.5 });
        Assert.True(clean > 0.95, $"clean accuracy {clean}");
        Assert.True(fallen < 0.1, $"robust accuracy {fallen} after training on clean images");
        Assert.True(held > fallen + 0.15, $"robust accuracy {held} after training on perturbed images");

        (double Clean, double Robust) Train(Perturbation? perturbation)
        {
            manual_seed(1);
            using var classifier = new PrototypeConformityClassifier(Bars.Networks) { Perturbation = perturbation };
            classifier.Train(images, new TrainingOptions { Epochs = 24, LearningRate = 3e-3 });
            return (Bars.Accuracy(classifier, images), UnderAttack.Robust(classifier, images, 0.2));
        }
    }

    [Fact]
    public void The_network_is_trained_with_cross_entropy_first()
    {
        using var images = Bars.Make(60, seed: 1);
        manual_seed(1);
        using var conforming = new PrototypeConformityClassifier(Bars.Networks, proximity: 0, contrast: 0);
        manual_seed(1);
        using var plain = new UndefendedClassifier(Bars.Networks);
        var options = new TrainingOptions { Epochs = 3, BatchSize = 30 };
        var stages = new List<string>();
        conforming.Train(images, options with
        {
            Progress = new Ensembles.Numerics.ImmediateProgress<TrainingProgress>(p => stages.Add(p.Stage)),
        });
        Assert.Equal(["start", "network"], stages.Distinct());
        // Without weights both stages are the same as two runs of a plain network.
        plain.Train(images, options);
        plain.Train(images, options);
        foreach (var (name, weight) in plain.named_parameters())
            TensorAssert.Near(weight.detach(), conforming.get_parameter(name)!.detach(), 1e-6);
    }
}
