using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Detection;

/// <summary>The evidence of detectors, and what an attack that knows it leaves of them.</summary>
public class EvidenceTests
{
    const double Epsilon = 0.3;

    /// <summary>
    /// Carlini and Wagner's finding [5]: what catches attacks that do not know of it is passed by one that does.
    /// </summary>
    [Theory]
    [InlineData(nameof(KernelDensityDetector))]
    [InlineData(nameof(MahalanobisDetector))]
    [InlineData(nameof(LocalIntrinsicDimensionalityDetector))]
    [InlineData(nameof(PrincipalComponentsDetector))]
    public void Catches_attacks_that_do_not_know_it_and_falls_to_those_that_do(string name)
    {
        using var training = Bars.Make(600, seed: 1);
        using var detector = (FittedDetector)Trainables.Make(name);
        detector.Train(training, new TrainingOptions { Seed = 1, Epochs = 8 });

        var (caught, robust) = BehindGate.Of(detector, Epsilon);

        // 0.55 for the dimensionality, and more than 0.9 for the others.
        Assert.InRange(caught, 0.3, 1);
        Assert.InRange(robust, 0, 0.25);
    }

    [ParityFact]
    public void The_dimensionality_is_that_of_reference_results()
    {
        using var scope = NewDisposeScope();
        var references = Parity.Floats("goldens/det.train_feat.bin", 3000, 100);
        using var dimensionality = new LocalIntrinsicDimensionality(100, 3000, neighbors: 20);
        dimensionality.Fit(references);
        foreach (var kind in new[] { "clean", "adv" })
        {
            var expected = Parity.Floats($"goldens/det.lid20.{kind}.bin", 512);
            var found = dimensionality.call(Parity.Floats($"goldens/det.feat_{kind}.bin", 512, 100));
            TensorAssert.Near(ones(512), found / expected, 1e-3);
        }
    }

    /// <summary>Points on a line have one dimension around them, and points in a square two.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void The_dimensionality_is_that_of_what_points_fill(int dimensions)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var references = cat([rand(4000, dimensions) - 0.5, zeros(4000, 6 - dimensions)], 1);
        using var dimensionality = new LocalIntrinsicDimensionality(6, 4000, neighbors: 200);
        dimensionality.Fit(references);
        Assert.InRange(dimensionality.call(zeros(1, 6)).item<float>(), 0.85 * dimensions, 1.15 * dimensions);
    }

    /// <summary>Distances do not change when features are turned, stretched and moved.</summary>
    [Fact]
    public void The_distance_to_a_class_is_in_units_of_its_spread()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var labels = arange(400).remainder(3);
        var features = randn(400, 4) + functional.one_hot(labels, 4) * 5;
        var stretched = features.matmul(tensor(new float[,]
        {
            { 2, 1, 0, 0 }, { 0, 1, 0, 3 }, { 0, 0, 0.5f, 0 }, { 1, 0, 0, 1 },
        })) + 7;
        using var plain = new ClassGaussians(3, 4);
        using var moved = new ClassGaussians(3, 4);
        plain.Fit(features, labels);
        moved.Fit(stretched, labels);

        var distances = plain.call(features);
        TensorAssert.Near(ones(400), moved.call(stretched) / distances, 0.05);
        // The mean of D squared deviations, each to the nearest class and so at most its own.
        Assert.InRange(distances.mean().item<float>(), 3.5, 4);
        Assert.True(plain.call(features + 20).min().item<float>() > 100);
    }

    [Fact]
    public void A_class_without_images_is_told() =>
        Assert.Contains("one has none", Assert.Throws<ArgumentException>(
            () => new ClassGaussians(3, 2).Fit(rand(4, 2), zeros(4, dtype: ScalarType.Int64))).Message);

    [Fact]
    public void Late_components_are_those_in_which_training_images_hardly_vary()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(300, seed: 1);
        using var detector =
            (PrincipalComponentsDetector)Trainables.Make(nameof(PrincipalComponentsDetector));
        detector.Train(training, new TrainingOptions { Seed = 1, Epochs = 1 });
        using var noGradient = no_grad();

        // In units of their deviation: a mean square of about 1, and more for the fifth that they were not fitted to.
        var clean = detector.Evidence(training.Images).exp().mean().item<float>();
        Assert.InRange(clean, 0.5, 10);
        var noisy = (training.Images + (0.1 * randn_like(training.Images))).clamp(0, 1);
        Assert.True(detector.Evidence(noisy).exp().mean().item<float>() > 5 * clean);
    }

    [Fact]
    public void What_cannot_be_fitted_is_told()
    {
        using var few = Bars.Make(20, seed: 1);
        using var detector = new LocalIntrinsicDimensionalityDetector(Bars.Networks);
        Assert.Contains("fewer references", Assert.Throws<ArgumentException>(
            () => detector.Train(few, new TrainingOptions { Epochs = 20, LearningRate = 5e-3 })).Message);
        using var other = new PrincipalComponentsDetector(Bars.Networks);
        Assert.Contains("784 pixels", Assert.Throws<ArgumentException>(
            () => other.Evidence(few.Images)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PrincipalComponentsDetector(Bars.Networks, 150_528));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LocalIntrinsicDimensionality(4, 10, neighbors: 11));
    }
}
