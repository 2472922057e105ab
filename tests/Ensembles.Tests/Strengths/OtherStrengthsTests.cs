using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Tests.Strengths;

/// <summary>Randomness and certificates.</summary>
public sealed class OtherStrengthsTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly LabeledImages images = Halves.Images();

    public void Dispose()
    {
        images.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void Randomness_is_the_difference_of_two_draws_over_the_spread_between_images()
    {
        // Margins spread by d; noise of deviation 0.1 d on the margin differs between two draws by sqrt(2) 0.1 d.
        var logits = Brightness.Left.call(images.Images);
        var spread = Math.Sqrt((logits.select(1, 1) - logits.select(1, 1).mean()).square().mean().item<float>());
        var shaking = new Function(x =>
        {
            var noise = randn(x.size(0), 1) * 0.1 * spread;
            return Brightness.Left.call(x) + cat([-noise, noise], 1);
        }).Evaluating();

        var witness = TestTimeRandomness.Measure(shaking, Brightness.Left, images);
        Assert.Equal(0.1 * Math.Sqrt(2), witness.Defense, 0.02);
        Assert.Equal(0, witness.Twin);
        Assert.True(witness.Holds);
        Assert.False(TestTimeRandomness.Measure(Brightness.Right, Brightness.Left, images).Holds);
    }

    [Fact]
    public void What_is_added_to_all_logits_alike_is_no_randomness()
    {
        var humming = new Function(x => Brightness.Left.call(x) + randn(x.size(0), 1)).Evaluating();
        Assert.Equal(0, TestTimeRandomness.Measure(humming, Brightness.Left, images).Defense, 1e-5);
    }

    [Fact]
    public void The_area_under_the_roc_curve_counts_pairs_and_halves_ties()
    {
        // (3, 1), (3, 2), (2, 1) are won, (2, 2) is a tie.
        Assert.Equal(3.5 / 4, RocCurve.Area([3, 2], [1, 2]));
        Assert.Equal(1, RocCurve.Area([float.NaN], [5]));
        Assert.Equal(0.5, RocCurve.Area([float.NaN], [float.PositiveInfinity]));
        Assert.Equal(0, RocCurve.Area([0], [1, 2, 3]));
    }

    [Theory]
    // The distance to the boundary in L2 is m / |grad m| = a sqrt(8); claiming any more is refuted.
    [InlineData(1.0, true)]
    [InlineData(0.5, true)]
    [InlineData(1.05, false)]
    [InlineData(0.0, false)]
    [InlineData(double.PositiveInfinity, false)]
    [InlineData(double.NaN, false)]
    public void A_certificate_holds_until_it_is_refuted(double exaggeration, bool holds)
    {
        var witness = CertifiedRadius.Measure(new Certified(exaggeration).Evaluating(), Brightness.Left, images);
        Assert.Equal(holds, witness.Holds);
        Assert.Equal(holds ? 1 : 0, witness.Defense);
        Assert.Equal(0, witness.Twin);
    }

    [Fact]
    public void A_defense_without_certificates_is_told_what_to_implement() =>
        Assert.Contains(
            nameof(ICertified),
            Assert.Throws<ArgumentException>(
                "defense", () => CertifiedRadius.Measure(Brightness.Left, Brightness.Left, images)).Message);

    sealed class Certified(double exaggeration) : Classifier, ICertified
    {
        public override Tensor forward(Tensor images) => Brightness.Left.call(images);

        public Certificate Certify(Tensor images)
        {
            var exact = (images.narrow(3, 0, 2).mean([1, 2, 3]) - 0.5).abs() * Math.Sqrt(8);
            return new Certificate(
                forward(images).argmax(1), (exact * exaggeration).to_type(ScalarType.Float64), Norm.L2);
        }
    }
}
