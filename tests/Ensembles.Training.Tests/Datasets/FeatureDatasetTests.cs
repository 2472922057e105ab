using Ensembles.Attacks;
using TorchSharp;
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

    /// <summary>
    /// Features that say nothing leave the images where they start: each at another one's place, and every place once.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Robustified_images_start_from_another_image(int seed)
    {
        using var scope = NewDisposeScope();
        using var few = images.Take(5);
        using var made = RobustImages.Of(new Counting(), few, steps: 1, seed: seed);
        var same = (made.Images.unsqueeze(1) - few.Images.unsqueeze(0)).abs().sum([2, 3, 4]).eq(0);
        Assert.Equal([1L, 1, 1, 1, 1], same.sum(dim: 1).data<long>().ToArray());
        Assert.Equal([1L, 1, 1, 1, 1], same.sum(dim: 0).data<long>().ToArray());
        Assert.Equal(0, same.diagonal().sum().item<long>());
    }

    /// <summary>As many tensors at the last step as at the second, so that a thousand steps take the memory of two.
    /// </summary>
    [Fact]
    public void Memory_does_not_grow_with_the_steps()
    {
        using var few = images.Take(4);
        var counting = new Counting();
        RobustImages.Of(counting, few, steps: 30).Dispose();
        Assert.Equal(counting.Live[3], counting.Live[^1]);
        counting.Live.Clear();
        NonRobustImages.Of(counting, few, steps: 30).Dispose();
        Assert.Equal(counting.Live[3], counting.Live[^1]);
    }

    [Fact]
    public void Steps_that_lead_nowhere_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => RobustImages.Of(classifier, images, steps: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => RobustImages.Of(classifier, images, stepSize: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => NonRobustImages.Of(classifier, images, steps: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => NonRobustImages.Of(classifier, images, epsilon: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => NonRobustImages.Of(classifier, images, stepSize: -1));
    }

    /// <summary>Features and logits that are 0 whatever is seen; it counts the tensors there are.</summary>
    sealed class Counting() : nn.Module<Tensor, Tensor>(nameof(Counting)), IFeatureExtractor
    {
        public List<long> Live { get; } = [];

        public Tensor features(Tensor images)
        {
            Live.Add(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
            return images.flatten(1).narrow(1, 0, 3) * 0;
        }

        public override Tensor forward(Tensor images) => features(images);
    }

    sealed class Plain(INetworkFactory networks) : NetworkClassifier(networks);
}
