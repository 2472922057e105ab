using CsCheck;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.FeatureSeparation;

public class CenterLossTests
{
    /// <summary>x = (1, 2), (3, 4), c = 0, alpha = 1/2: c - x sums to (-4, -6), over 1 + 2, times 1/2.</summary>
    [Fact]
    public void Centers_move_by_the_rule_and_an_absent_class_keeps_its_center()
    {
        using var scope = NewDisposeScope();
        var centers = tensor(new float[,] { { 0, 0 }, { 7, -7 } });
        var features = tensor(new float[,] { { 1, 2 }, { 3, 4 } });
        CenterLoss.Update(centers, features, zeros(2, dtype: ScalarType.Int64), alpha: 0.5);
        TensorAssert.Near(tensor(new float[,] { { 0.6667f, 1 }, { 7, -7 } }), centers, 1e-4);
    }

    [Fact]
    public void A_batch_in_any_order_moves_the_centers_alike()
    {
        using var scope = NewDisposeScope();
        var (features, labels) = (randn(9, 4), arange(9) % 3);
        var (one, other) = (ones(3, 4), ones(3, 4));
        CenterLoss.Update(one, features, labels, 0.5);
        CenterLoss.Update(other, features.flip(0), labels.flip(0), 0.5);
        TensorAssert.Near(one, other);
    }

    [Fact]
    public void The_gradient_is_the_distance_to_the_center_over_the_batch() =>
        Gen.Int[1, 6].Select(Gen.Int[1, 5]).Sample((count, dimensions) =>
        {
            using var scope = NewDisposeScope();
            var features = randn(count, dimensions).requires_grad_();
            var (labels, centers) = (randint(3, count), randn(3, dimensions));
            CenterLoss.Value(features, labels, centers).backward();
            TensorAssert.Near((features - centers.index_select(0, labels)).detach() / count, features.grad!);
        }, threads: 1, iter: 20);

    [Fact]
    public void The_loss_is_half_the_mean_squared_distance_and_0_on_the_centers()
    {
        using var scope = NewDisposeScope();
        var centers = randn(3, 4);
        var labels = tensor(new long[] { 2, 0, 1, 1 });
        var features = centers.index_select(0, labels);
        Assert.Equal(0, CenterLoss.Value(features, labels, centers).item<float>());
        // Each of 4 coordinates is off by 3: 4 * 9 / 2
        Assert.Equal(18, CenterLoss.Value(features + 3, labels, centers).item<float>(), 1e-4);
    }

    /// <summary>Measured by a ratio: shrinking all features would lower the loss too, and be worth nothing.</summary>
    [Fact]
    public void Trained_classes_are_more_compact_than_the_twins_relative_to_their_distance()
    {
        using var training = Bars.Make(240, seed: 1);
        using var held = Bars.Make(150, seed: 2);
        var run = new TrainingOptions { Seed = 1, Epochs = 24, BatchSize = 32, LearningRate = 3e-3 };
        using var twin = (UndefendedClassifier)Trainables.Make(nameof(UndefendedClassifier));
        manual_seed(1);
        using var compact = new CenterLossClassifier(Bars.Networks, lambda: 0.1);
        twin.Train(training, run);
        compact.Train(training, run);
        var witness = IntraClassCompactness.Measure(compact, twin, held);
        Assert.True(witness.Holds, witness.ToString());
    }

    [Fact]
    public void Centers_end_at_the_classes_and_receive_no_gradient()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(150, seed: 1);
        using var compact = (CenterLossClassifier)Trainables.Make(nameof(CenterLossClassifier));
        compact.Train(training, new TrainingOptions { Epochs = 10, BatchSize = 32, LearningRate = 3e-3 });
        Assert.Null(compact.Centers.grad);
        Assert.DoesNotContain("centers", compact.named_parameters().Select(p => p.name));
        using var noGradient = no_grad();
        var distances = cdist(compact.features(training.Images), compact.Centers);
        Assert.True(distances.argmin(1).eq(training.Labels).to_type(ScalarType.Float32).mean().item<float>() > 0.9f);
    }
}
