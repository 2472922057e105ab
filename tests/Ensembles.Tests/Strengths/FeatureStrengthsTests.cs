using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Strengths;

/// <summary>Compactness and separation, on modules whose features are the image's two pixels, scaled.</summary>
public sealed class FeatureStrengthsTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    /// <summary>
    /// Class 0 around (0.2, 0.2), class 1 around (0.8, 0.2), class 2 around (0.2, 0.6), 0.1 to either side along x.
    /// </summary>
    static LabeledImages Clusters(float radius = 0.1f)
    {
        float[][] centers = [[0.2f, 0.2f], [0.8f, 0.2f], [0.2f, 0.6f]];
        var points = centers.SelectMany(c => (float[][])[[c[0] - radius, c[1]], [c[0] + radius, c[1]]]).ToArray();
        return new LabeledImages(
            tensor(points.SelectMany(p => p).ToArray()).view(6, 1, 1, 2), tensor([0L, 0, 1, 1, 2, 2]), 3);
    }

    [Fact]
    public void Compactness_is_the_ratio_q()
    {
        using var images = Clusters();
        var witness = IntraClassCompactness.Measure(new Features(1), new Features(1), images);
        // Every image is 0.1 from its center; the nearest centers, those of 0 and 2, are 0.4 apart.
        Assert.Equal(0.1 / 0.4, witness.Defense, 1e-6);
        Assert.Equal(witness.Defense, witness.Twin);
        Assert.False(witness.Holds);
    }

    [Fact]
    public void Separation_is_the_least_distance_of_centers_over_the_spread()
    {
        using var images = Clusters(radius: 0);
        var witness = InterClassSeparation.Measure(new Features(1), new Features(1), images);
        // Mean (0.4, 1/3).
        var spread = Math.Sqrt(
            (Square(0.2) + Square(0.4) + Square(0.2) + 2 * Square(0.2 - 1 / 3.0) + Square(0.6 - 1 / 3.0)) / 3);
        Assert.Equal(0.4 / spread, witness.Defense, 1e-5);
        Assert.False(witness.Holds);
    }

    [Fact]
    public void Shrinking_all_features_gains_nothing()
    {
        using var images = Clusters();
        var compactness = IntraClassCompactness.Measure(new Features(1e-3), new Features(1), images);
        var separation = InterClassSeparation.Measure(new Features(1e3), new Features(1), images);
        Assert.Equal(compactness.Twin, compactness.Defense, 1e-6);
        Assert.Equal(separation.Twin, separation.Defense, 1e-6);
        Assert.False(compactness.Holds || separation.Holds);
    }

    [Fact]
    public void Features_on_a_simplex_reach_the_bound_of_separation_and_are_compact()
    {
        using var images = Clusters();
        var simplex = new Features(1, snap: true);
        // sqrt(2 K / (K - 1)) for K = 3
        Assert.Equal(Math.Sqrt(3), InterClassSeparation.Measure(simplex, new Features(1), images).Defense, 1e-6);
        Assert.True(InterClassSeparation.Measure(simplex, new Features(1), images).Holds);
        Assert.Equal(0, IntraClassCompactness.Measure(simplex, new Features(1), images).Defense, 1e-6);
        Assert.True(IntraClassCompactness.Measure(simplex, new Features(1), images).Holds);
    }

    [Fact]
    public void Collapsed_features_are_no_strength()
    {
        using var images = Clusters();
        Assert.False(IntraClassCompactness.Measure(new Features(0), new Features(1), images).Holds);
        Assert.False(InterClassSeparation.Measure(new Features(0), new Features(1), images).Holds);
    }

    [Fact]
    public void A_class_of_one_image_is_left_out_and_one_class_is_not_enough()
    {
        using var six = Clusters();
        using var five = new LabeledImages(six.Images.narrow(0, 0, 5).clone(), six.Labels.narrow(0, 0, 5).clone(), 3);
        // Without class 2 the nearest centers are 0.6 apart.
        Assert.Equal(0.1 / 0.6, IntraClassCompactness.Measure(new Features(1), new Features(1), five).Defense, 1e-6);

        using var two = new LabeledImages(six.Images.narrow(0, 0, 2).clone(), six.Labels.narrow(0, 0, 2).clone(), 3);
        Assert.Throws<ArgumentException>(
            "images", () => IntraClassCompactness.Measure(new Features(1), new Features(1), two));
    }

    [Fact]
    public void A_module_without_features_is_told_what_to_implement()
    {
        using var images = Clusters();
        var blind = Sequential(Flatten(), Linear(2, 3)).Evaluating();
        Assert.Contains(
            nameof(IFeatureExtractor),
            Assert.Throws<ArgumentException>(
                "defense", () => IntraClassCompactness.Measure(blind, new Features(1), images)).Message);
        Assert.Contains(
            nameof(IFeatureExtractor),
            Assert.Throws<ArgumentException>(
                "twin", () => InterClassSeparation.Measure(new Features(1), blind, images)).Message);
    }

    static double Square(double x) => x * x;

    sealed class Features : FeatureNetwork
    {
        readonly double scale;
        readonly bool snap;

        public Features(double scale, bool snap = false)
        {
            (this.scale, this.snap) = (scale, snap);
            eval();
        }

        public override int FeatureCount => 2;
        public override int ClassCount => 3;
        public override Tensor head(Tensor features) =>
            throw new NotSupportedException("Feature strengths look at features alone.");

        public override Tensor features(Tensor images)
        {
            var pixels = images.flatten(1);
            if (!snap)
                return pixels * scale;
            var classes = pixels
                .select(1, 0)
                .gt(0.5)
                .to_type(ScalarType.Int64) + 2 * pixels
                .select(1, 1)
                .gt(0.4)
                .to_type(ScalarType.Int64);
            return functional.one_hot(classes, 3).to_type(ScalarType.Float32);
        }
    }
}
