using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Perturbations;

public sealed class AdversarialPoolTests : IDisposable
{
    readonly LabeledImages images = Bars.Make(60, seed: 1);
    readonly Plain classifier;

    public AdversarialPoolTests()
    {
        manual_seed(1);
        classifier = new Plain(Bars.Networks);
        classifier.Train(images, new TrainingOptions { Epochs = 8, LearningRate = 3e-3 });
        classifier.train();
    }

    public void Dispose()
    {
        images.Dispose();
        classifier.Dispose();
    }

    /// <summary>The images of the pool are in [0, 1] and fool the network; the next epoch has others.</summary>
    [Fact]
    public void Holds_images_that_fool_the_network_of_the_epoch()
    {
        using var scope = NewDisposeScope();
        using var pool = new AdversarialPool(images, size: 20);
        pool.Of(Batch(epoch: 1, batch: 1));
        var made = pool.Images!.Images.clone();
        Assert.True(classifier.training);
        Assert.InRange(made.size(0), 10, 20);
        Assert.True(made.min().item<float>() >= 0 && made.max().item<float>() <= 1);
        using (var mode = ModuleMode.Keep(classifier))
        {
            classifier.eval();
            Assert.False(classifier.call(made).argmax(1).eq(pool.Images!.Labels).any().item<bool>());
        }

        pool.Of(Batch(epoch: 1, batch: 2));
        Assert.True(made.Equals(pool.Images!.Images));
        pool.Of(Batch(epoch: 2, batch: 1));
        Assert.False(made.shape.SequenceEqual(pool.Images!.Images.shape) && made.Equals(pool.Images!.Images));
    }

    /// <summary>
    /// Further than the radius with an attack that turns images over, they come back to it, on the line to the clean
    /// ones; others stay as they are.
    /// </summary>
    [Fact]
    public void Images_further_than_the_radius_are_brought_back_to_it()
    {
        using var scope = NewDisposeScope();
        var far = Norm.L2.Distances(1 - images.Images, images.Images).min().item<double>();
        using var pool = new AdversarialPool(images, size: 20) { Attack = new Inverting() };
        using var near = new AdversarialPool(images, size: 20, epsilon: far / 2) { Attack = new Inverting() };
        using var wide = new AdversarialPool(images, size: 20, epsilon: 100) { Attack = new Inverting() };
        var batch = Batch(epoch: 1, batch: 1);
        pool.Of(batch);
        near.Of(batch);
        wide.Of(batch);
        TensorAssert.Near(pool.Images!.Images, wide.Images!.Images, 1e-6);
        Assert.True(pool.Images!.Labels.Equals(near.Images!.Labels));
        var clean = 1 - pool.Images!.Images;
        var (whole, kept) = (pool.Images!.Images - clean, near.Images!.Images - clean);
        var lengths = Norm.L2.Distances(near.Images!.Images, clean);
        Assert.InRange(lengths.min().item<double>(), far / 2 * 0.99999, far / 2 * 1.00001);
        TensorAssert.Near(whole / whole.flatten(1).norm(1).view(-1, 1, 1, 1), kept / (far / 2), 1e-4);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdversarialPool(images, epsilon: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdversarialPool(images, size: 0));
    }

    /// <summary>
    /// With an attack that leaves images as they are: every image is exchanged for a training image of its own label.
    /// </summary>
    [Fact]
    public void Exchanges_images_for_those_of_the_same_label()
    {
        using var scope = NewDisposeScope();
        using var pool = new AdversarialPool(images, size: 20) { Attack = new Idle() };
        var batch = Batch(epoch: 1, batch: 1);
        var shown = pool.Of(batch);
        var (differences, places) = (shown.unsqueeze(1) - images.Images.unsqueeze(0)).abs().sum([2, 3, 4]).min(1);
        Assert.Equal(0, differences.max().item<float>());
        Assert.True(images.Labels[places].Equals(batch.Labels));
        Assert.InRange(places.data<long>().ToArray().Distinct().Count(), 10, 20);
        Assert.False(shown.Equals(batch.Images));
    }

    /// <summary>
    /// Stopped in the middle of an epoch and gone on with, by fresh objects or by those that were stopped: pool and
    /// weights are those of a run that was not.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_that_is_stopped_ends_with_the_same_bits_and_the_same_pool(bool fresh)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("ensembles").FullName, "run.safetensors");
        using var pool = new AdversarialPool(images, size: 20);
        using var uninterrupted = Make(pool);
        uninterrupted.Train(images, Options);

        using var stop = new CancellationTokenSource();
        using var stoppedPool = new AdversarialPool(images, size: 20);
        using var stopped = Make(stoppedPool);
        Assert.Throws<OperationCanceledException>(() => stopped.Train(images, Options with
        {
            CheckpointPath = path,
            Cancellation = stop.Token,
            Progress = new ImmediateProgress<TrainingProgress>(p =>
            {
                if (p is { Epoch: 2, Batch: 2 })
                    stop.Cancel();
            }),
        }));
        using var resumedPool = fresh ? new AdversarialPool(images, size: 20) : stoppedPool;
        using var resumed = fresh ? Make(resumedPool, seed: 9) : stopped;
        manual_seed(99);
        resumed.Train(images, Options with { CheckpointPath = path });
        TensorAssert.SameState(uninterrupted, resumed);
        Assert.True(pool.Images!.Images.Equals(resumedPool.Images!.Images));
        Assert.True(pool.Images!.Labels.Equals(resumedPool.Images!.Labels));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);

        static Plain Make(AdversarialPool pool, int seed = 2)
        {
            manual_seed(seed);
            return new Plain(Bars.Networks) { Perturbation = pool };
        }
    }

    static TrainingOptions Options => new() { Seed = 3, Epochs = 3, BatchSize = 20, LearningRate = 3e-3 };

    PerturbedBatch Batch(int epoch, int batch) => new(
        classifier, images.Images[..30], images.Labels[..30],
        new TrainingStep(epoch, 2, batch, 2, 10 * epoch + batch));

    sealed class Idle : IAttack
    {
        public string Name => "Idle";

        public IReadOnlyList<Norm> Norms => [Norm.L2];

        public AttackResult Run(
            AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options) =>
            new(images.clone(), [.. new bool[images.size(0)].Select(_ => true)], new double[images.size(0)], 0, 0);
    }

    sealed class Inverting : IAttack
    {
        public string Name => "Inverting";

        public IReadOnlyList<Norm> Norms => [Norm.L2];

        public AttackResult Run(
            AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options) =>
            new(1 - images, [.. new bool[images.size(0)].Select(_ => true)], new double[images.size(0)], 0, 0);
    }

    sealed class Plain(INetworkFactory networks) : NetworkClassifier(networks);
}
