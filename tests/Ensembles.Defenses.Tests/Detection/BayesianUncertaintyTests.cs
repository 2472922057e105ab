using CsCheck;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Detection;

public sealed class BayesianUncertaintyTests
{
    static readonly Lazy<BayesianUncertaintyDetector> trained = new(() =>
    {
        using var training = Bars.Make(600, seed: 1);
        var detector = (BayesianUncertaintyDetector)Trainables.Make(nameof(BayesianUncertaintyDetector));
        detector.Train(training, new TrainingOptions { Seed = 1, Epochs = 12, BatchSize = 32, LearningRate = 3e-3 });
        return detector;
    });

    [Fact]
    public void Uncertainty_of_three_draws()
    {
        using var scope = NewDisposeScope();
        var draws = tensor(new[,,] { { { .9f, .1f } }, { { .5f, .5f } }, { { .7f, .3f } } });
        Assert.Equal(.053333f, BayesianUncertaintyDetector.Uncertainty(draws).item<float>(), 1e-6f);
    }

    [Fact]
    public void Uncertainty_is_mean_p_p_less_the_means_square_and_lies_between_0_and_1_less_1_over_K() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[2, 6], Gen.Double[0.1, 30]).Sample((draws, classes, scale) =>
        {
            using var scope = NewDisposeScope();
            var p = (randn(draws, 7, classes) * scale).softmax(2);
            var u = BayesianUncertaintyDetector.Uncertainty(p);
            TensorAssert.Near((p * p).sum(2).mean([0]) - p.mean([0]).pow(2).sum(1), u);
            Assert.True(u.min().item<float>() >= 0 && u.max().item<float>() <= 1 - (1.0 / classes) + 1e-6);
        }, threads: 1, iter: 50);

    /// <summary>As many certain draws for each class as there are classes: the bound 1 - 1/K is reached.</summary>
    [Fact]
    public void Uncertainty_reaches_its_bounds()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0.75f, BayesianUncertaintyDetector.Uncertainty(eye(4).unsqueeze(1)).item<float>(), 1e-6f);
        Assert.Equal(0, BayesianUncertaintyDetector.Uncertainty(full(5, 1, 4, 0.25f)).item<float>());
    }

    /// <summary>
    /// The short cut, one pass up to the first dropout, gives what T passes through the whole network give.
    /// </summary>
    [Fact]
    public void Draws_share_the_layers_before_the_first_dropout_only()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Bars.Networks.Create(new NetworkRequest { Dropout = 0.5 });
        network.eval();
        var dropout = new MonteCarloDropout(network, 0.5);
        var images = rand(3, 1, Bars.Size, Bars.Size);
        const int draws = 4000;
        random.manual_seed(1);
        var (features, logits) = dropout.Passes(images, draws);
        Assert.Equal([(1 + draws) * 3, Bars.Classes], logits.shape);

        // Pass 0 is the network without dropout.
        TensorAssert.Near(network.features(images), features.narrow(0, 0, 3), 1e-6);
        TensorAssert.Near(network.call(images), logits.narrow(0, 0, 3), 1e-6);

        // The others are those of the network in training mode, in distribution: means and deviations agree.
        network.train();
        var whole = network.call(images.repeat(draws, 1, 1, 1)).view(draws, 3, Bars.Classes);
        var shared = logits.narrow(0, 3, draws * 3).view(draws, 3, Bars.Classes);
        var most = 5 * whole.std(0).max().item<float>() * Math.Sqrt(2.0 / draws);
        TensorAssert.Near(whole.mean([0]), shared.mean([0]), most);
        TensorAssert.Near(ones(3, Bars.Classes), shared.std(0) / whole.std(0), 0.15);
        network.eval();
        TensorAssert.Near(logits.narrow(0, 0, 3), network.call(images), 1e-6);
    }

    /// <summary>
    /// Against images it has not seen and attacks on its own network, and against noise that is as long.
    /// </summary>
    [Fact]
    public void Adversarial_images_score_above_clean_and_noisy_ones()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var held = Bars.Make(150, seed: 2);
        var detector = trained.Value;
        var network = (FeatureNetwork)detector.children().OfType<FeatureNetwork>().Single();
        random.manual_seed(4);
        var adversarial = FittingExamples.Adversarial(network, held.Images, held.Labels, 0.2, 64, default);
        var noisy = FittingExamples.Noisy(held.Images, adversarial);
        var positives = detector.call(adversarial).data<float>().ToArray();
        var negatives = cat([detector.call(held.Images), detector.call(noisy)]).data<float>().ToArray();
        var area = positives.Average(p => negatives.Average(n => p > n ? 1 : p < n ? 0 : 0.5));
        Assert.True(area > 0.75, $"Area under the ROC curve: {area}");
    }

    /// <summary>
    /// Carlini and Wagner's break [5]: the gradient of the score leads an attack below the threshold.
    /// </summary>
    [Fact]
    public void The_score_can_be_lowered_along_its_gradient()
    {
        using var scope = NewDisposeScope();
        using var held = Bars.Make(60, seed: 3);
        var detector = trained.Value;
        random.manual_seed(5);
        var images = (held.Images + (0.2 * randn_like(held.Images))).clamp(0, 1).detach().requires_grad_();
        var before = detector.call(images);
        before.sum().backward();
        Assert.True(images.grad!.flatten(1).ne(0).any(1).all().item<bool>());
        Assert.True(images.grad!.isfinite().all().item<bool>());
        using var noGradient = no_grad();
        var after = detector.call((images.detach() - (0.03 * images.grad!.sign())).clamp(0, 1));
        var (high, low) = (before.mean().item<float>(), after.mean().item<float>());
        Assert.True(low < high - 0.1, $"{high} to {low}");
    }

    [Fact]
    public void Fitting_examples_stay_in_the_ball_and_noise_is_as_long_as_the_attacks()
    {
        using var scope = NewDisposeScope();
        using var held = Bars.Make(40, seed: 3);
        using var network = Bars.Networks.Create();
        var adversarial = FittingExamples.Adversarial(network, held.Images, held.Labels, 0.2, 16, default);
        var noisy = FittingExamples.Noisy(held.Images, adversarial);
        Assert.True((adversarial - held.Images).abs().max().item<float>() <= 0.2 + 1e-6);
        foreach (var images in new[] { adversarial, noisy })
            Assert.True(images.min().item<float>() >= 0 && images.max().item<float>() <= 1);
        var (wanted, found) = (Length(adversarial), Length(noisy));
        Assert.Equal(wanted, found, 0.01 * wanted);

        double Length(Tensor images) => (images - held.Images).flatten(1).norm(1, p: 2).mean().item<float>();
    }

    [Fact]
    public void Scores_vary_with_the_draws_and_follow_the_seed()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var held = Bars.Make(30, seed: 3);
        var detector = trained.Value;
        random.manual_seed(1);
        var first = detector.call(held.Images);
        Assert.False(first.Equals(detector.call(held.Images)));
        random.manual_seed(1);
        Assert.True(first.Equals(detector.call(held.Images)));
        Assert.Equal([30], first.shape);
    }

    [Fact]
    public void Everything_that_was_fitted_is_in_the_checkpoint()
    {
        var folder = Directory.CreateTempSubdirectory("ensembles").FullName;
        try
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            using var held = Bars.Make(30, seed: 3);
            var path = Path.Combine(folder, "detector.safetensors");
            Checkpoint.Save(trained.Value, path);
            using var loaded =
                (BayesianUncertaintyDetector)Trainables.Make(nameof(BayesianUncertaintyDetector), seed: 8);
            Checkpoint.Load(loaded, path);
            loaded.eval();
            random.manual_seed(1);
            var expected = trained.Value.call(held.Images);
            random.manual_seed(1);
            Assert.True(expected.Equals(loaded.call(held.Images)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void An_untrained_detector_and_one_in_training_mode_give_no_scores()
    {
        using var scope = NewDisposeScope();
        using var detector = (BayesianUncertaintyDetector)Trainables.Make(nameof(BayesianUncertaintyDetector));
        detector.eval();
        var images = rand(2, 1, Bars.Size, Bars.Size);
        Assert.Contains("train it", Assert.Throws<InvalidOperationException>(() => detector.call(images)).Message);
        detector.train();
        Assert.Contains("eval()", Assert.Throws<InvalidOperationException>(() => detector.Evidence(images)).Message);
    }

    [Fact]
    public void A_network_without_dropout_modules_is_refused() =>
        Assert.Contains("nn.Dropout", Assert.Throws<ArgumentException>(() =>
            new BayesianUncertaintyDetector(new WithoutModules())).Message);
}
