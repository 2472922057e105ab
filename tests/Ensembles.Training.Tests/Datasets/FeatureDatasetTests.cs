using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Datasets;

/// <summary>Datasets made of what a trained network sees.</summary>
public sealed class FeatureDatasetTests : IDisposable
{
    readonly LabeledImages images = Bars.Make(60, seed: 1);
    readonly Plain classifier;

    public FeatureDatasetTests()
    {
        manual_seed(1);
        classifier = new Plain(Bars.Networks) { Perturbation = new PgdPerturbation(0.1, steps: 3) { WarmUp = 0.5 } };
        classifier.Train(images, new TrainingOptions { Epochs = 10, LearningRate = 3e-3 });
    }

    public void Dispose()
    {
        images.Dispose();
        classifier.Dispose();
    }

    /// <summary>
    /// From other images, of which most are of other classes, the features come to within a tenth of the distance that
    /// they had, and with them the decisions.
    /// </summary>
    [Fact]
    public void Robustified_images_have_the_features_of_the_images_they_stand_for()
    {
        using var scope = NewDisposeScope();
        using var made = RobustImages.Of(classifier, images, steps: 200, stepSize: 0.1, seed: 3);
        using var starts = images.Shuffle(3);
        var goal = classifier.features(images.Images);
        var before = (classifier.features(starts.Images) - goal).norm(1);
        var after = (classifier.features(made.Images) - goal).norm(1);

        Assert.True(after.mean().item<float>() < 0.1f * before.mean().item<float>(), $"{before.mean()} {after.mean()}");
        Assert.True(made.Labels.Equals(images.Labels));
        var same = classifier.call(made.Images).argmax(1).eq(classifier.call(images.Images).argmax(1));
        Assert.True(same.sum().item<long>() >= 57, $"{same.sum().item<long>()} of 60 decided alike");
        Assert.True((made.Images - images.Images).abs().max().item<float>() > 0.1f);
        using var again = RobustImages.Of(classifier, images, steps: 200, stepSize: 0.1, seed: 3);
        Assert.True(made.Images.Equals(again.Images));
    }

    [Fact]
    public void Non_robust_images_are_near_the_images_and_of_the_class_that_was_drawn_to_the_network()
    {
        using var scope = NewDisposeScope();
        const double epsilon = 3;
        using var made = NonRobustImages.Of(classifier, images, epsilon, steps: 50, seed: 3);

        Assert.True(Norm.L2.Distances(made.Images, images.Images).max().item<double>() <= epsilon);
        Assert.True(made.Images.min().item<float>() >= 0 && made.Images.max().item<float>() <= 1);
        Assert.True(Bars.Accuracy(classifier, made) > 0.9, $"{Bars.Accuracy(classifier, made)}");
        // A third of the classes drawn are the images' own.
        Assert.InRange(made.Labels.eq(images.Labels).to_type(ScalarType.Float64).mean().item<double>(), 0.15, 0.55);
        Assert.All(classifier.parameters(), p => Assert.True(p.grad is null || p.requires_grad));
    }

    sealed class Plain(INetworkFactory networks) : NetworkClassifier(networks);
}
