using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Losses;

/// <summary>Proximity to the own center and contrast to the others' at several depths, with centers of each.</summary>
public class PrototypeConformityTests
{
    /// <summary>Features (1, 1) of class 0 and (3, 4) of class 1, centers (0, 0) and (3, 0): (2 + 16) / 2.</summary>
    [Fact]
    public void Proximity_is_the_mean_squared_distance_to_the_own_center_and_0_on_it()
    {
        using var scope = NewDisposeScope();
        var centers = tensor(new float[,] { { 0, 0 }, { 3, 0 } });
        var features = tensor(new float[,] { { 1, 1 }, { 3, 4 } });
        Assert.Equal(9, PrototypeProximityLoss.Value(features, arange(2), centers).item<float>(), 1e-6);
        Assert.Equal(0, PrototypeProximityLoss.Value(centers, arange(2), centers).item<float>());
        Assert.True(PrototypeProximityLoss.Value(centers, arange(2).flip(0), centers).item<float>() > 0);
    }

    /// <summary>
    /// Of three classes (1, 1) is 5 and 10 from the others' centers squared, and (3, 4) is 25 and 9: -49 / 4; where
    /// 8 is enough, -(5 + 8 + 8 + 8) / 4, and what is far enough is not pushed on.
    /// </summary>
    [Fact]
    public void Contrast_counts_distances_to_the_other_centers_up_to_what_is_enough()
    {
        using var scope = NewDisposeScope();
        var centers = tensor(new float[,] { { 0, 0 }, { 3, 0 }, { 0, 4 } });
        var features = tensor(new float[,] { { 1, 1 }, { 3, 4 } }).requires_grad_();
        Assert.Equal(-49.0 / 4, PrototypeContrastLoss.Value(features, arange(2), centers, 1e4).item<float>(), 1e-5);
        var bounded = PrototypeContrastLoss.Value(features, arange(2), centers, 8);
        Assert.Equal(-7.25, bounded.item<float>(), 1e-5);
        bounded.backward();
        // Only (1, 1) - (3, 0) is less than 8: the gradient is -2 (f - v) / 4, and 0 for the other image.
        Assert.Equal([1f, -0.5f, 0, 0], features.grad!.flatten().data<float>().ToArray());
        Assert.Equal(-1e4, PrototypeContrastLoss.Value(1e6f * features, arange(2), centers, 1e4).item<float>(), 1e-2);
    }

    [Fact]
    public void Layers_on_the_way_are_averaged_over_height_and_width_and_have_centers_of_their_own()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var network = Bars.Networks.Create();
        using var loss = new PrototypeProximityLoss(["relu1", "relu2"]);
        loss.Build(network);
        Assert.Equal(["relu1", "relu2"], loss.Taps);
        Assert.Equal([[3L, 16], [3L, 32], [3L, 128]], loss.Centers.Select(c => c.shape));

        var taps = new Dictionary<string, Tensor>();
        var images = rand(6, 1, Bars.Size, Bars.Size);
        var h = network.features(images, loss.Taps, taps);
        var batch = new LossContext(images, h, network.head(h), arange(6) % 3) { Taps = taps };
        var expected = 0.0;
        foreach (var (output, centers) in new[] { taps["relu1"].mean([2, 3]), taps["relu2"].mean([2, 3]), h }
            .Zip(loss.Centers))
        {
            expected += (output - centers.index_select(0, batch.Labels)).pow(2).sum().item<float>() / 6;
        }

        Assert.Equal(expected, loss.Of(batch).item<float>(), 1e-3);
        using var unknown = new PrototypeProximityLoss(["relu7"]);
        Assert.Contains("relu7", Assert.Throws<ArgumentException>(() => unknown.Build(network)).Message);
    }

    /// <summary>
    /// At the rate 1/2 a center moves by the share of its class in the batch to the mean of the features; the network
    /// stands still at a rate of next to 0.
    /// </summary>
    [Fact]
    public void Centers_follow_their_gradient_at_a_rate_of_their_own()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(30, seed: 1);
        manual_seed(1);
        using var classifier = new Conforming(Bars.Networks);
        var before = classifier.Centers.Select(c => c.detach().clone()).ToArray();
        Tensor means;
        using (no_grad())
        {
            var h = classifier.features(images.Images);
            means = stack(Enumerable.Range(0, 3).Select(k => h[images.Labels.eq(k)].mean([0])));
        }

        classifier.Train(images, new TrainingOptions
        {
            Epochs = 1, BatchSize = 30, LearningRate = 1e-9, Schedule = new ConstantSchedule(),
        });
        Assert.Equal(2, before.Length);
        TensorAssert.Near(before[1] + (means - before[1]) / 3, classifier.Centers[1].detach(), 1e-4);
    }

    [Fact]
    public void A_run_is_resumed_with_what_the_optimizers_of_the_centers_remember()
    {
        var path = Path.GetTempFileName();
        File.Delete(path);
        try
        {
            using var images = Bars.Make(60, seed: 1);
            var options = new TrainingOptions { Epochs = 3, BatchSize = 30, LearningRate = 1e-3 };
            using var uninterrupted = Make(1);
            uninterrupted.Train(images, options);
            using var stop = new CancellationTokenSource();
            var stopped = options with
            {
                CheckpointPath = path,
                Cancellation = stop.Token,
                Progress = new ImmediateProgress<TrainingProgress>(p => Stop(p.Epoch == 2)),
            };
            using var first = Make(1);
            Assert.Throws<OperationCanceledException>(() => first.Train(images, stopped));
            using var resumed = Make(2);
            resumed.Train(images, options with { CheckpointPath = path });
            TensorAssert.SameState(uninterrupted, resumed);

            void Stop(bool now)
            {
                if (now)
                    stop.Cancel();
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    static Conforming Make(int seed)
    {
        manual_seed(seed);
        return new Conforming(Bars.Networks);
    }

    sealed class Conforming(INetworkFactory networks) : NetworkClassifier(networks)
    {
        public IReadOnlyList<Tensor> Centers => modules().OfType<PrototypeProximityLoss>().Single().Centers;

        public override TrainingLoss Loss { get; } =
            new CrossEntropy() + 1 * new PrototypeProximityLoss() + 1e-4 * new PrototypeContrastLoss();
    }
}
