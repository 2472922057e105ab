using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Numerics;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Masking;

public class StochasticPruningTests
{
    /// <summary>p = (.5, .3, .2), r = 4: 1 - .5^4, 1 - .7^4, 1 - .8^4.</summary>
    [Fact]
    public void Keep_probabilities_are_those_of_being_drawn_at_least_once()
    {
        using var scope = NewDisposeScope();
        using var pruning = new StochasticActivationPruning(sampleRatio: 4.0 / 3);
        var probabilities = pruning.KeepProbabilities(tensor(new[,] { { 5f, -3, 2 } }));
        TensorAssert.Near(tensor(new[,] { { 0.9375f, 0.7599f, 0.5904f } }), probabilities, 1e-6);
    }

    /// <summary>Drawing four indices with replacement, literally, keeps units as often as the operator does.</summary>
    [Fact]
    public void The_operator_keeps_units_as_often_as_drawing_does()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var pruning = new StochasticActivationPruning(sampleRatio: 4.0 / 3);
        const int rows = 40_000;
        var activations = tensor(new[,] { { 5f, -3, 2 } }).repeat(rows, 1);
        var drawn = zeros(rows, 3).scatter_(1, activations.abs().multinomial(4, replacement: true), ones(rows, 4));
        // Standard error of a share near 1/2: 0.0025
        var kept = pruning.call(activations).ne(0).to_type(ScalarType.Float32);
        TensorAssert.Near(drawn.mean([0]), kept.mean([0]), 0.014);
    }

    [Fact]
    public void The_mean_over_draws_is_the_activation_and_so_is_the_mean_gradient_1()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        using var pruning = new StochasticActivationPruning();
        var row = rand(1, 2, 3, 4) + 0.2;
        var activations = row.repeat(40_000, 1, 1, 1).requires_grad_();
        var pruned = pruning.call(activations);
        TensorAssert.Near(row[0], pruned.detach().mean([0]), 0.05);
        pruned.sum().backward();
        TensorAssert.Near(ones(2, 3, 4), activations.grad!.mean([0]), 0.05);
    }

    [Fact]
    public void Zeros_stay_zero_and_rows_without_activation_are_no_special_case()
    {
        using var scope = NewDisposeScope();
        using var pruning = new StochasticActivationPruning();
        var activations = randn(50, 30).clamp_min(0);
        activations[3].zero_();
        var pruned = pruning.call(activations);
        Assert.True(pruned[activations.eq(0)].eq(0).all().item<bool>());
        Assert.True(pruned.isfinite().all().item<bool>());
        Assert.True(pruned.ne(0).any().item<bool>());
    }

    [Fact]
    public void Many_draws_prune_nothing()
    {
        using var scope = NewDisposeScope();
        using var pruning = new StochasticActivationPruning(sampleRatio: 1e6);
        var activations = randn(5, 4, 3);
        TensorAssert.Near(activations, pruning.call(activations), 1e-4);
    }

    [Fact]
    public void A_single_unit_is_always_kept()
    {
        using var scope = NewDisposeScope();
        using var pruning = new StochasticActivationPruning();
        TensorAssert.Near(full(3, 1, 2f), pruning.call(full(3, 1, 2f)), 0);
    }

    static StochasticPruningClassifier Trained(LabeledImages training)
    {
        var classifier = (StochasticPruningClassifier)Trainables.Make(nameof(StochasticPruningClassifier));
        classifier.Train(training, new TrainingOptions { Epochs = 12, BatchSize = 32, LearningRate = 3e-3 });
        return classifier;
    }

    [Fact]
    public void Pruning_acts_in_evaluation_mode_only()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var classifier = (StochasticPruningClassifier)Trainables.Make(nameof(StochasticPruningClassifier));
        using var twin = (UndefendedClassifier)Trainables.Make(nameof(UndefendedClassifier));
        var images = rand(4, 1, Bars.Size, Bars.Size);
        Assert.True(classifier.call(images).Equals(twin.call(images)));
        classifier.eval();
        Assert.False(classifier.call(images).Equals(classifier.call(images)));
        random.manual_seed(1);
        var first = classifier.call(images);
        random.manual_seed(1);
        Assert.True(first.Equals(classifier.call(images)));
    }

    [Fact]
    public void A_network_trained_already_is_pruned_as_it_is()
    {
        using var scope = NewDisposeScope();
        var network = Bars.Networks.Create();
        var weights = network.state_dict().ToDictionary(t => t.Key, t => t.Value.detach().clone());
        using var classifier = StochasticPruningClassifier.Of(network);
        classifier.eval();
        var image = ones(1, 1, Bars.Size, Bars.Size);
        Assert.False(classifier.call(image).Equals(classifier.call(image)));
        foreach (var (name, value) in network.state_dict())
            Assert.True(value.Equals(weights[name]));
    }

    /// <summary>
    /// The known break [1]: an attack that averages its gradient over draws sees through the randomness, and takes more
    /// than one that follows a single draw.
    /// </summary>
    [Fact]
    public void Averaging_over_draws_breaks_it_as_a_single_draw_does_not()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(240, seed: 1);
        using var held = Bars.Make(60, seed: 2);
        using var classifier = Trained(training);
        Assert.Equal(10, classifier.EotSamples);
        Assert.Equal(10, AttackSurface.FromClassifier(classifier).EotSamples);
        random.manual_seed(3);

        // The gradient averaged over draws settles: two averages agree far better than two draws do.
        var (one, other) = (Gradient(1), Gradient(1));
        var (manyOne, manyOther) = (Gradient(60), Gradient(60));
        Assert.True(one.ne(0).any().item<bool>());
        var (averaged, alone) = (Cosine(manyOne, manyOther), Cosine(one, other));
        Assert.True(averaged > alone + 0.2, $"{averaged} against {alone}");

        var clean = Right(held.Images);
        var broken = Right((held.Images + (0.2 * manyOne.sign())).clamp(0, 1));
        var single = Right((held.Images + (0.2 * one.sign())).clamp(0, 1));
        Assert.True(broken < single && broken < clean - 0.2, $"clean {clean}, single draw {single}, averaged {broken}");

        Tensor Gradient(int draws)
        {
            var repeated = held.Images.repeat(draws, 1, 1, 1);
            var labels = held.Labels.repeat(draws);
            var gradient = InputGradient.Of(
                classifier, repeated, z => functional.cross_entropy(z, labels, reduction: Reduction.Sum));
            return gradient.view(draws, held.Count, 1, Bars.Size, Bars.Size).mean([0]);
        }

        double Right(Tensor images)
        {
            using var noGradient = no_grad();
            using var repeated = new LabeledImages(images.repeat(20, 1, 1, 1), held.Labels.repeat(20), Bars.Classes);
            return Bars.Accuracy(classifier, repeated);
        }

        static double Cosine(Tensor a, Tensor b) =>
            functional.cosine_similarity(a.flatten(1), b.flatten(1), dim: 1).mean().item<float>();
    }

    [Fact]
    public void A_network_without_relu_modules_is_refused()
    {
        var message = Assert.Throws<ArgumentException>(() =>
            new StochasticPruningClassifier(new WithoutModules())).Message;
        Assert.Contains("nn.ReLU", message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_impossible_ratio_is_refused(double ratio) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StochasticActivationPruning(ratio));
}
