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
        var made = pool.Images!.clone();
        Assert.True(classifier.training);
        Assert.InRange(made.size(0), 10, 20);
        Assert.True(made.min().item<float>() >= 0 && made.max().item<float>() <= 1);
        using (var mode = ModuleMode.Keep(classifier))
        {
            classifier.eval();
            Assert.False(classifier.call(made).argmax(1).eq(tensor([.. pool.Labels])).any().item<bool>());
        }

        pool.Of(Batch(epoch: 1, batch: 2));
        Assert.True(made.Equals(pool.Images!));
        pool.Of(Batch(epoch: 2, batch: 1));
        Assert.False(made.shape.SequenceEqual(pool.Images!.shape) && made.Equals(pool.Images!));
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

    sealed class Plain(INetworkFactory networks) : NetworkClassifier(networks);
}
