using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Losses;

public class AverageMarginLossTests
{
    /// <summary>
    /// A linear head: the margin over ||W_y - W_k||. h = (2, 1) with W = (3, 0), (0, 4), (0, 0): z = (6, 4, 0), and for
    /// class 0 it is 2 / 5; for class 2, -6 / 3.
    /// </summary>
    [Fact]
    public void The_margin_is_in_units_of_the_features()
    {
        using var scope = NewDisposeScope();
        var weights = tensor(new float[,] { { 3, 0 }, { 0, 4 }, { 0, 0 } });
        var features = tensor(new float[,] { { 2, 1 }, { 2, 1 } }).requires_grad_();
        var labels = tensor([0L, 2]);
        foreach (var scale in new[] { 1, 7 })
        {
            var margins = AverageMarginLoss.Normalised(features.matmul(scale * weights.t()), features, labels);
            TensorAssert.Near(tensor([0.4f, -2]), margins.detach(), 1e-5);
        }

        var loss = new AverageMarginLoss(enough: 0.3);
        var batch = new LossContext(zeros(2, 1, 1, 1), features, features.matmul(weights.t()), labels);
        Assert.Equal(-(0.3 - 2) / 2, loss.Of(batch).item<float>(), 1e-5);
    }

    /// <summary>Scaling the head is worth nothing, so its gradient has no part along the weights.</summary>
    [Fact]
    public void Larger_weights_of_the_head_buy_nothing()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var weights = randn(3, 4).requires_grad_();
        var features = randn(8, 4).requires_grad_();
        var margins = AverageMarginLoss.Normalised(features.matmul(weights.t()), features, arange(8) % 3);
        margins.mean().backward();
        Assert.True(weights.grad!.norm().item<float>() > 0.01f);
        Assert.Equal(0, (weights.grad * weights).sum().item<float>(), 1e-5);
    }

    [Fact]
    public void Logits_without_a_gradient_in_the_features_are_refused()
    {
        using var scope = NewDisposeScope();
        var (features, labels) = (rand(2, 2).requires_grad_(), tensor([0L, 1]));
        foreach (var logits in new[] { rand(2, 2), rand(2, 2).requires_grad_() * 2 })
        {
            Assert.Throws<InvalidOperationException>(() => AverageMarginLoss.Normalised(logits, features, labels));
        }
    }

    /// <summary>At a rate of next to 0 the margins of every epoch are those of the network as it is.</summary>
    [Fact]
    public void The_curve_has_the_least_and_the_mean_margin_of_every_epoch()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(45, seed: 1);
        manual_seed(1);
        using var classifier = new Wide(Bars.Networks);
        classifier.Train(images, new TrainingOptions { Epochs = 2, BatchSize = 20, LearningRate = 1e-9 });
        var h = classifier.features(images.Images);
        var margins = AverageMarginLoss.Normalised(classifier.Logits(h), h, images.Labels);
        Assert.Equal([(1, 45), (2, 45)], classifier.Curve.Select(m => (m.Epoch, m.Images)));
        foreach (var epoch in classifier.Curve)
        {
            Assert.Equal(margins.min().item<float>(), epoch.Least, 1e-4);
            Assert.Equal(margins.mean().item<float>(), epoch.Mean, 1e-4);
        }
    }

    sealed class Wide(INetworkFactory networks) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = new CrossEntropy() + 0.1 * new AverageMarginLoss();

        public IReadOnlyList<MarginsOfEpoch> Curve => modules().OfType<AverageMarginLoss>().Single().Curve;

        public Tensor Logits(Tensor features) => modules().OfType<FeatureNetwork>().Single().head(features);
    }
}
