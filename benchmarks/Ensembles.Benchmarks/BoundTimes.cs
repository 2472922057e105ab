using System.Globalization;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks;

/// <summary>
/// Processor time of bounds of 1,000 MNIST images, beside a forward pass of the same images through the same network.
/// All take turns in one process on one thread.
/// </summary>
static class BoundTimes
{
    const int Turns = 5, Images = 1000, FewImages = 64, Batch = 250;

    static readonly WorkClock clock = WorkClock.For(CPU);

    public static int Print()
    {
        if (DataFolder.Find() is not { } data)
        {
            Console.Error.WriteLine($"Set {DataFolder.Variable} to the folder that holds MNIST.");
            return 1;
        }

        using var training = data.Mnist(Subset.Train, Limit.First(10_000));
        using var test = data.Mnist(Subset.Test, Limit.First(Images));
        var networks = new SmallCnnFactory(1, 28, 10);
        manual_seed(1);
        using var plain = new UndefendedClassifier(networks);
        using var certified = new IntervalBoundClassifier(networks, epsilon: 0.2);
        Console.WriteLine("| network | radius | forward, ms | bounds | of a forward pass |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (name, classifier, epochs) in new (string, NetworkClassifier, int)[]
            { ("SmallCnn", plain, 1), ("SmallCnn, trained by IBP", certified, 6) })
        {
            classifier.Train(training, new TrainingOptions { Epochs = epochs, BatchSize = 64, LearningRate = 1e-3 });
            classifier.eval();
            foreach (var radius in new[] { 0.02, 0.1 })
                Compare(name, classifier, test, radius);
        }

        return 0;
    }

    static void Compare(string name, NetworkClassifier classifier, LabeledImages test, double radius)
    {
        Row("intervals", Images, Of(new IntervalBounds()));
        Row("linear, of the last layer", Images, Of(new CrownBounds { LayerWidth = 0 }));
        Row("linear, of every layer", FewImages, Of(new CrownBounds()));
        Row("certified accuracy, cheap bounds first", FewImages, (images, labels) =>
            new BoundCertifier().Holds(classifier, images, labels, radius).Dispose());

        Action<Tensor, Tensor> Of(BoundMethod bounds) => (images, labels) =>
            bounds.Differences(classifier, (images - radius).clamp(0, 1), (images + radius).clamp(0, 1), labels);

        void Row(string what, int images, Action<Tensor, Tensor> bound)
        {
            var (forward, times) = (new double[Turns], new double[Turns]);
            for (var turn = 0; turn < Turns; turn++)
            {
                forward[turn] = InBatches(test, images, (x, _) => classifier.call(x), passes: 5 * Images / images);
                times[turn] = InBatches(test, images, bound);
            }

            var ratios = times.Zip(forward, (time, pass) => time / pass).Order().ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {radius} | {1e3 * forward.Min() * Images / images:f1} | {what} | "
                    + $"{ratios[Turns / 2]:f1} ({ratios[0]:f1} to {ratios[^1]:f1}) |"));
        }
    }

    /// <summary>Seconds of a pass over the first images.</summary>
    static double InBatches(LabeledImages test, int images, Action<Tensor, Tensor> bound, int passes = 1)
    {
        using var noGradient = no_grad();
        var start = clock.Milliseconds();
        for (var pass = 0; pass < passes; pass++)
        {
            for (var first = 0; first < images; first += Batch)
            {
                using var scope = NewDisposeScope();
                var count = Math.Min(Batch, images - first);
                bound(test.Images.narrow(0, first, count), test.Labels.narrow(0, first, count));
            }
        }

        return (clock.Milliseconds() - start) / 1e3 / passes;
    }
}
