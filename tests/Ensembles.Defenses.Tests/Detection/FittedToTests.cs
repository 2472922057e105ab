using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Numerics;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Detection;

/// <summary>A detector is never calibrated on the images it was trained on, whatever it was trained behind.</summary>
public class FittedToTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_images_are_refused_for_its_threshold(bool behindFront)
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(60, seed: 1);
        using var others = Bars.Make(60, seed: 2);
        using var detector = new MeanBlurDetector(Bars.Networks);
        var images = training.Images;
        Assert.Contains("train it", Assert.Throws<InvalidOperationException>(() => detector.call(images)).Message);

        detector.Train(training, new TrainingOptions
        {
            Epochs = 1,
            Front = behindFront ? new BitDepthTransform(bits: 2) : null,
        });

        GateThreshold.Calibrate(GateThreshold.Uncalibrated(), detector, others.Images, falsePositiveRate: 0.1);
        var message = Assert.Throws<ArgumentException>(() => GateThreshold.Calibrate(
            GateThreshold.Uncalibrated(), detector, images, falsePositiveRate: 0.1)).Message;
        Assert.Contains("MeanBlurDetector was fitted to 60 of 60 validation images", message);
    }

    [Fact]
    public void Training_that_is_stopped_leaves_no_scores_of_the_one_before()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(60, seed: 1);
        using var detector = new MeanBlurDetector(Bars.Networks);
        detector.Train(training, new TrainingOptions { Epochs = 1 });
        detector.call(training.Images);

        using var stop = new CancellationTokenSource();
        var again = new TrainingOptions
        {
            Epochs = 2,
            Progress = new ImmediateProgress<TrainingProgress>(_ => stop.Cancel()),
            Cancellation = stop.Token,
        };
        Assert.ThrowsAny<OperationCanceledException>(() => detector.Train(training, again));

        var message = Assert.Throws<InvalidOperationException>(() => detector.call(training.Images)).Message;
        Assert.Contains("train it", message);
    }
}
