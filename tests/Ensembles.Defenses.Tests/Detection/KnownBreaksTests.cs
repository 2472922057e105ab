using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;

namespace Ensembles.Defenses.Tests.Detection;

/// <summary>
/// Carlini and Wagner's finding [5], detector by detector: at 5 % of clean images rejected, what catches attacks that
/// do not know of it is passed by one that does.
/// </summary>
public class KnownBreaksTests
{
    const double Epsilon = 0.3;

    [Theory]
    [InlineData(nameof(FeatureSqueezingDetector), 0.7, 0.25)]
    [InlineData(nameof(DropoutUncertaintyDetector), 0.4, 0.2)]
    [InlineData(nameof(MeanBlurDetector), 0.2, 0.2)]
    [InlineData(nameof(DimensionReductionDetector), 0.7, 0.25)]
    [InlineData(nameof(FilterStatisticsDetector), 0.7, 0.2)]
    [InlineData(nameof(ReconstructionDetector), 0.7, 0.2)]
    public void Catches_attacks_that_do_not_know_it_and_falls_to_those_that_do(
        string name, double caughtAtLeast, double robustAtMost)
    {
        using var detector = Trained(name, epochs: 6);
        var (caught, robust) = BehindGate.Of(detector, Epsilon);
        Assert.InRange(caught, caughtAtLeast, 1);
        Assert.InRange(robust, 0, robustAtMost);
    }

    /// <summary>
    /// Those that are trained on attacks catch nearly all, and cost most to pass: bars on black leave little room for
    /// perturbations that do not look like attacks. That room grows with the radius, and nothing of them is left then.
    /// </summary>
    [Theory]
    [InlineData(nameof(BinaryClassifierDetector), 3, 0.7, 0.25)]
    [InlineData(nameof(SubnetworkDetector), 4, 0.4, 0.2)]
    [InlineData(nameof(AdversarialClassDetector), 3, 0.7, 0.4)]
    public void Trained_on_attacks_it_falls_too(string name, int epochs, double caughtAtLeast, double robustAtMost)
    {
        using var detector = Trained(name, epochs, learningRate: 4e-3);
        var (caught, robust) = BehindGate.Of(detector, Epsilon);
        Assert.InRange(caught, caughtAtLeast, 1);
        Assert.InRange(robust, 0, robustAtMost);
        Assert.InRange(BehindGate.Of(detector, 0.7).Robust, 0, 0.1);
    }

    /// <summary>
    /// Of three classes few specialists know more than one, so they catch little, and nothing of an attack that makes
    /// them agree.
    /// </summary>
    [Fact]
    public void Specialists_are_made_to_agree()
    {
        using var detector = Trained(nameof(SpecialistsDetector), epochs: 6);
        var (caught, robust) = BehindGate.Of(detector, 0.2);
        Assert.InRange(caught, 0.1, 1);
        Assert.InRange(robust, 0, 0.2);
    }

    /// <summary>A test of sets says little of a single image: most attacks that do not know of it pass.</summary>
    [Fact]
    public void A_test_of_sets_catches_few_single_images()
    {
        using var detector = Trained(nameof(MaximumMeanDiscrepancyDetector), epochs: 6);
        var (caught, robust) = BehindGate.Of(detector, Epsilon);
        Assert.InRange(caught, 0.05, 0.6);
        Assert.InRange(robust, 0, 0.1);
    }

    static NetworkDetector Trained(string name, int epochs, double learningRate = 2e-3)
    {
        using var training = Bars.Make(600, seed: 1);
        var detector = (NetworkDetector)Trainables.Make(name);
        detector.Train(training, new TrainingOptions { Seed = 1, Epochs = epochs, LearningRate = learningRate });
        return detector;
    }
}
