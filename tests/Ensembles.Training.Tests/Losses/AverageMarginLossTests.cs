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

    /// <summary>
    /// z = W x on two pixels: the distance to the decision in the images, whatever the logits are multiplied by. x =
    /// (0.5, 0.25) with W = (4, 0), (0, 3), (0, 0): z = (2, 0.75, 0), and for class 0 it is 1.25 / 5; for class 2, -2 /
    /// 4.
    /// </summary>
    [Fact]
    public void The_margin_may_be_in_units_of_the_images()
    {
        using var scope = NewDisposeScope();
        var weights = tensor(new float[,] { { 4, 0 }, { 0, 3 }, { 0, 0 } });
        var images = tensor([0.5f, 0.25f, 0.5f, 0.25f], 2, 1, 1, 2).requires_grad_();
        var labels = tensor([0L, 2]);
        foreach (var scale in new[] { 0.01, 1, 700 })
        {
            var features = images.flatten(1) * 3;
            var logits = features.matmul(weights.t()) * (scale / 3);
            TensorAssert.Near(
                tensor([0.25f, -0.5f]), AverageMarginLoss.Normalised(logits, images, labels).detach(), 1e-5);
            var batch = new LossContext(images, features, logits, labels);
            Assert.Equal(0.125, new AverageMarginLoss(10, MarginSpace.Images).Of(batch).item<float>(), 1e-5);
        }
    }

    /// <summary>It takes no more than t from a loss, and times its weight no more than that.</summary>
    [Theory]
    [InlineData(MarginSpace.Features)]
    [InlineData(MarginSpace.Images)]
    public void It_is_bounded_by_what_is_enough(MarginSpace space)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        for (var draw = 0; draw < 20; draw++)
        {
            var images = rand(6, 1, 2, 2).requires_grad_();
            var features = images.flatten(1).matmul(randn(4, 5));
            var logits = 100 * features.matmul(randn(5, 3));
            var batch = new LossContext(images, features, logits, logits.argmax(1));
            Assert.InRange((0.5 * new AverageMarginLoss(0.2, space)).Of(batch).item<float>(), -0.1f - 1e-6f, 0);
        }
    }

    /// <summary>
    /// Behind a ReLU that lets nothing pass the gradient is 0, and next to it hardly anything: value and gradient of
    /// the weights are numbers all the same.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1e-9)]
    [InlineData(1e-7)]
    [InlineData(1e-6)]
    public void Margins_whose_gradient_vanishes_have_finite_gradients(double size)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var images = rand(4, 1, 2, 2).requires_grad_();
        var weights = (size * randn(4, 3)).requires_grad_();
        var offset = tensor([-0.5f, 0, 0.5f]).requires_grad_();
        var features = nn.functional.relu(images.flatten(1));
        var logits = features.matmul(weights) + offset;
        var batch = new LossContext(images, features, logits, arange(4) % 3);
        var loss = new AverageMarginLoss(1, MarginSpace.Images).Of(batch);
        loss.backward();
        Assert.True(loss.isfinite().item<bool>());
        Assert.All([weights, offset], p => Assert.True(p.grad!.isfinite().all().item<bool>()));
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

    /// <summary>A weight perturbation computes the loss twice in a step; the curve has each image once.</summary>
    [Fact]
    public void The_curve_counts_each_image_once_under_a_weight_perturbation()
    {
        using var images = Bars.Make(45, seed: 1);
        using var classifier = new Wide(Bars.Networks) { WeightPerturbation = new WeightPerturbation(0.01) };
        classifier.Train(images, new TrainingOptions { Epochs = 2, BatchSize = 20 });
        Assert.Equal([(1, 45), (2, 45)], classifier.Curve.Select(m => (m.Epoch, m.Images)));
    }

    sealed class Wide(INetworkFactory networks) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = new CrossEntropy() + 0.1 * new AverageMarginLoss();

        public IReadOnlyList<MarginsOfEpoch> Curve => modules().OfType<AverageMarginLoss>().Single().Curve;

        public Tensor Logits(Tensor features) => modules().OfType<FeatureNetwork>().Single().head(features);
    }
}
