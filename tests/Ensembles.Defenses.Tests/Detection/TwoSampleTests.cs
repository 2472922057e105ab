using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Detection;

public class TwoSampleTests
{
    /// <summary>Points 0 and 1 against 0 and 3 with b = 1, by hand.</summary>
    [Fact]
    public void The_discrepancy_is_that_of_the_means_of_kernels()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (tensor(new float[,] { { 0 }, { 1 } }), tensor(new float[,] { { 0 }, { 3 } }));
        static double K(double distance) => Math.Exp(-distance * distance / 2);
        var expected = K(1) + K(3) - ((K(0) + K(3) + K(1) + K(2)) / 2);
        Assert.Equal(expected, new MaximumMeanDiscrepancy(1).Squared(x, y), 1e-6);
    }

    [Fact]
    public void Sets_drawn_alike_pass_the_test_and_sets_that_are_moved_do_not()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var test = new MaximumMeanDiscrepancy(2);
        var x = randn(40, 3);
        Assert.InRange(test.PValue(x, randn(50, 3)), 0.05, 1);
        Assert.Equal(1 / 201.0, test.PValue(x, randn(50, 3) + 1.5), 1e-9);
    }

    /// <summary>
    /// What one image hardly shows, forty show together: noise that moves the score of a clean image by less than its
    /// spread is found in a set of them.
    /// </summary>
    [Fact]
    public void A_set_of_images_shows_what_a_single_one_does_not()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var training = Bars.Make(300, seed: 1);
        using var others = Bars.Make(80, seed: 2);
        using var detector = (MaximumMeanDiscrepancyDetector)Trainables.Make(nameof(MaximumMeanDiscrepancyDetector));
        detector.Train(training, new TrainingOptions { Seed = 1, Epochs = 2 });
        var clean = others.Images.narrow(0, 0, 40);
        var noisy = (others.Images.narrow(0, 40, 40) + (0.3 * rand_like(clean))).clamp(0, 1);

        Assert.InRange(detector.PValue(clean), 0.05, 1);
        Assert.InRange(detector.PValue(noisy), 0, 0.01);
        var (cleanScores, noisyScores) = (detector.call(clean), detector.call(noisy));
        var apart = (noisyScores.mean() - cleanScores.mean()).abs() / cleanScores.std();
        Assert.InRange(apart.item<float>(), 0, 2);
    }

    [Fact]
    public void What_is_no_set_is_told()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("at least two", Assert.Throws<ArgumentException>(
            () => new MaximumMeanDiscrepancy(1).Squared(rand(1, 3), rand(5, 3))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MaximumMeanDiscrepancy(0));
        using var few = Bars.Make(20, seed: 1);
        using var detector = new MaximumMeanDiscrepancyDetector(Bars.Networks, pixels: Bars.Size * Bars.Size);
        Assert.Contains("fewer references", Assert.Throws<ArgumentException>(
            () => detector.Train(few, new TrainingOptions { Epochs = 20, LearningRate = 5e-3 })).Message);
    }
}
