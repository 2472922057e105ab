using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Detection;

public class FeatureSqueezingTests
{
    static readonly InputTransform[] squeezers = [new BitDepthTransform(bits: 1), new MedianTransform(size: 2)];

    /// <summary>On the reference network.</summary>
    [ParityFact]
    public void The_distance_of_clean_images_is_that_of_reference_results()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = Parity.Network();
        var distances = FeatureSqueezingDetector.Distance(
            network, squeezers, Parity.Floats("x512_f32le.bin", 512, 1, 28, 28));
        TensorAssert.Near(Parity.Floats("goldens/det.feature_squeezing_l1.clean.bin", 512), distances, 1e-4);
    }

    [Fact]
    public void The_distance_is_the_largest_and_lies_between_0_and_2()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(60, seed: 3);
        using var loud = Sequential(Flatten(), Linear(Bars.Size * Bars.Size, Bars.Classes));
        using var noGradient = no_grad();
        foreach (var weight in loud.parameters())
            weight.mul_(50);

        var noisy = (images.Images + (0.3 * rand_like(images.Images))).clamp(0, 1);
        var both = FeatureSqueezingDetector.Distance(loud, squeezers, noisy);
        var each = squeezers.Select(s => FeatureSqueezingDetector.Distance(loud, [s], noisy)).ToArray();
        TensorAssert.Near(each[0].maximum(each[1]), both);
        Assert.InRange(both.min().item<float>(), 0, 0.5);
        Assert.InRange(both.max().item<float>(), 1, 2);
        var identity = FeatureSqueezingDetector.Distance(loud, [new MedianTransform(size: 1)], noisy);
        Assert.Equal(0, identity.abs().max().item<float>());
    }

    [Fact]
    public void Squeezers_of_ones_own_take_the_place_of_the_sources()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(60, seed: 1);
        using var detector = FeatureSqueezingDetector.Of(
            Bars.Networks, new NonLocalMeansTransform(), new MedianTransform(size: 1));
        detector.Train(training, new TrainingOptions { Epochs = 1 });
        Assert.Equal(2, detector.Squeezers.Count);
        using var noGradient = no_grad();
        Assert.True(detector.call(training.Images).max().item<float>() > 0);
        Assert.Contains("one transform", Assert.Throws<ArgumentException>(
            () => FeatureSqueezingDetector.Of(Bars.Networks)).Message);
    }
}
