using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Marginalization;

/// <summary>The same perturbation across classes, measured under PGD for each image and for all together.</summary>
public class SharedPerturbationClassifierTests
{
    const double Epsilon = 0.2;

    /// <summary>
    /// Perturbations that whole groups share teach to withstand one that all images share, which noise shared in the
    /// same way does not. The more groups, the more it withstands perturbations made for one image, up to adversarial
    /// training.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Holds_against_universal_perturbations_and_the_less_against_others_the_fewer_groups(int seed)
    {
        using var images = Bars.Make(150, seed: 1);
        using var one = Train(new SharedPgdPerturbation(Epsilon, 1, steps: 5) { WarmUp = 0.5 });
        using var many = Train(new SharedPgdPerturbation(Epsilon, 16, steps: 5) { WarmUp = 0.5 });
        using var noise = Train(new SharedNoise(Epsilon, 1) { WarmUp = 0.5 });
        var (shared, ofNoise) = (Universal(one), Universal(noise));
        Assert.True(shared > ofNoise + 0.15, $"universal: {shared}, of noise {ofNoise}");
        var (fewest, more) = (Robust(one), Robust(many));
        Assert.True(fewest < shared - 0.5, $"one group: universal {shared}, for each image {fewest}");
        Assert.True(more > fewest + 0.3, $"for each image: {fewest} with one group, {more} with sixteen");
        Assert.True(Robust(noise) < 0.05);

        NetworkClassifier Train(Perturbation perturbation)
        {
            random.manual_seed(seed);
            var classifier = new SharedPerturbationClassifier(Bars.Networks) { Perturbation = perturbation };
            classifier.Train(images, new TrainingOptions { Seed = seed, Epochs = 24, LearningRate = 3e-3 });
            return classifier;
        }

        double Robust(NetworkClassifier classifier) =>
            Strength.Under(Strength.Pgd, classifier, images, Epsilon);

        double Universal(NetworkClassifier classifier) => Enumerable.Range(0, 3).Min(start =>
        {
            var search = new SharedPgdPerturbation(Epsilon, groups: 1, steps: 60);
            using var perturbed = new LabeledImages(
                search.Of(classifier, images.Images, images.Labels, start), images.Labels.alias(), Bars.Classes);
            return Bars.Accuracy(classifier, perturbed);
        });
    }
}
