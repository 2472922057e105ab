using CsCheck;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Detection;

public class ReconstructionTests
{
    [Fact]
    public void The_divergence_is_symmetric_and_lies_between_0_and_log_2() =>
        Gen.Select(Gen.Int[2, 6], Gen.Double[0.1, 40]).Sample((classes, scale) =>
        {
            using var scope = NewDisposeScope();
            var (p, q) = ((randn(9, classes) * scale).softmax(1), (randn(9, classes) * scale).softmax(1));
            var divergence = ReconstructionDetector.Divergence(p, q);
            TensorAssert.Near(divergence, ReconstructionDetector.Divergence(q, p));
            Assert.InRange(divergence.min().item<float>(), 0, 1);
            Assert.InRange(divergence.max().item<float>(), 0, Math.Log(2) + 1e-5);
            TensorAssert.Near(zeros(9), ReconstructionDetector.Divergence(p, p), 1e-6);
        }, threads: 1, iter: 30);

    [Fact]
    public void It_reaches_its_bound_for_certain_classes_that_differ_and_is_right_between()
    {
        using var scope = NewDisposeScope();
        var p = tensor(new float[,] { { 1, 0 }, { 0.5f, 0.5f } });
        var q = tensor(new float[,] { { 0, 1 }, { 1, 0 } });
        var half = ((0.5 * Math.Log(0.5 / 0.75)) + (0.5 * Math.Log(0.5 / 0.25)) + Math.Log(1 / 0.75)) / 2;
        TensorAssert.Near(
            tensor(new[] { (float)Math.Log(2), (float)half }), ReconstructionDetector.Divergence(p, q), 1e-5);
    }

    /// <summary>The largest of three figures in units of their spread over clean images that were held out.</summary>
    [Fact]
    public void Clean_images_score_about_0_and_noisy_ones_far_above()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(600, seed: 1);
        using var others = Bars.Make(100, seed: 2);
        using var detector = (ReconstructionDetector)Trainables.Make(nameof(ReconstructionDetector));
        detector.Train(training, new TrainingOptions { Seed = 1, Epochs = 6 });
        using var noGradient = no_grad();
        Assert.InRange(detector.call(others.Images).mean().item<float>(), -0.5, 1.5);
        var noisy = (others.Images + (0.3 * rand_like(others.Images))).clamp(0, 1);
        Assert.InRange(detector.call(noisy).mean().item<float>(), 3, 1e3);
    }
}
