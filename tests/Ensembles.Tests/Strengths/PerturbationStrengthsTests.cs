using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Strengths;

/// <summary>Strengths that say what small changes of an image do, on linear models whose answers are known.</summary>
public sealed class PerturbationStrengthsTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly LabeledImages images = Halves.Images();

    public void Dispose()
    {
        images.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void The_jacobian_is_measured_against_the_margin()
    {
        var witness = SmallInputJacobian.Measure(Brightness.Left, Brightness.Left, images);
        // |grad m| = 2 scale / sqrt(8 pixels), m = 2 scale a, and the median a is 0.15.
        Assert.Equal(1 / Math.Sqrt(8) / 0.15, witness.Twin, 0.02);
        Assert.False(witness.Holds);

        // Another scale of the logits changes nothing; looking at twice the pixels divides the gradient by sqrt(2).
        Assert.Equal(
            witness.Twin,
            SmallInputJacobian.Measure(new Brightness(0, 2, 1e-4).Evaluating(), Brightness.Left, images).Defense,
            1e-3);
        var wide = SmallInputJacobian.Measure(new Brightness(0, 4).Evaluating(), Brightness.Left, images);
        Assert.InRange(wide.Defense / wide.Twin, 0.6, 0.8);
        Assert.True(wide.Holds);
    }

    [Fact]
    public void A_masked_gradient_is_no_small_one()
    {
        var masked = new Function(x => Brightness.Left.call((x * 64).round() / 64)).Evaluating();
        var witness = SmallInputJacobian.Measure(masked, Brightness.Left, images);
        Assert.Equal(double.PositiveInfinity, witness.Defense);
        Assert.False(witness.Holds);
    }

    [Fact]
    public void A_masked_gradient_with_a_surrogate_is_measured_through_it()
    {
        var declared = Sequential(new ForeignRounding(), Brightness.Left).Evaluating();
        var witness = SmallInputJacobian.Measure(declared, Brightness.Left, images);
        Assert.Equal(witness.Twin, witness.Defense, witness.Twin * 0.05);
    }

    [Fact]
    public void A_network_that_guesses_has_no_strength()
    {
        var constant = new Function(x => stack([x.mean([1, 2, 3]) * 0 + 1, x.mean([1, 2, 3]) * 0], 1)).Evaluating();
        Assert.False(SmallInputJacobian.Measure(constant, Brightness.Left, images).Holds);
        Assert.False(NonRobustFeatureRemoval.Measure(constant, Brightness.Left, images).Holds);
    }

    [Fact]
    public void Faint_high_frequencies_are_faint_and_leave_low_ones_alone()
    {
        var low = (arange(28) * (2 * Math.PI * 5 / 28)).cos().view(1, 1, 28, 1).expand(1, 1, 28, 28) * 0.3 + 0.5;
        Assert.True(NonRobustFeatureRemoval.FaintHighFrequencies(low).abs().max().item<float>() < 1e-5);
        var checkers = Checkers(28);
        Assert.True(
            NonRobustFeatureRemoval.FaintHighFrequencies(low + 0.02 * checkers).allclose(0.02 * checkers, atol: 1e-5));
        Assert.True(
            NonRobustFeatureRemoval.FaintHighFrequencies(low + 0.2 * checkers).allclose(
                8 / 255f * checkers, atol: 1e-5));
    }

    [Fact]
    public void A_network_on_textures_follows_the_exchange_and_one_on_brightness_does_not_see_it()
    {
        using var textured = Textured();
        var texture = new Function(x => Decide(0.5 + (x * Checkers(16)).mean([1, 2, 3]))).Evaluating();
        var brightness = new Function(x => Decide(functional.avg_pool2d(x, 16).flatten())).Evaluating();

        var removed = NonRobustFeatureRemoval.Measure(brightness, texture, textured);
        // Every image takes over the other class's texture: the output goes from one end of its spread to the other.
        Assert.Equal(2, removed.Twin, 1e-3);
        Assert.Equal(0, removed.Defense, 1e-3);
        Assert.True(removed.Holds);
        Assert.False(NonRobustFeatureRemoval.Measure(texture, texture, textured).Holds);
        Assert.False(NonRobustFeatureRemoval.Measure(texture, brightness, textured).Holds);
    }

    [Fact]
    public void A_transform_is_measured_on_the_images_it_gives()
    {
        using var textured = Textured();
        var blur = NonRobustFeatureRemoval.Measure(
            new Transform(x => functional.avg_pool2d(x, 2)).Evaluating(), Brightness.Left, textured);
        Assert.Equal(0, blur.Defense, 1e-3);
        Assert.True(blur.Holds);

        var copy = NonRobustFeatureRemoval.Measure(
            new Transform(x => x.alias()).Evaluating(), Brightness.Left, textured);
        Assert.Equal(copy.Twin, copy.Defense, 1e-6);
        Assert.False(copy.Holds);
        Assert.False(
            NonRobustFeatureRemoval.Measure(new Transform(x => x * 0).Evaluating(), Brightness.Left, textured).Holds);
    }

    [Fact]
    public void An_exchange_needs_two_classes()
    {
        using var one = new LabeledImages(rand(4, 1, 8, 8), zeros(4, dtype: ScalarType.Int64), 2);
        Assert.Throws<ArgumentException>(
            "images", () => NonRobustFeatureRemoval.Measure(Brightness.Left, Brightness.Left, one));
    }

    [Fact]
    public void A_projection_brings_noisy_images_back_to_the_clean_ones()
    {
        // Both halves flat: the mean of 8 pixels keeps 1 / sqrt(8) of the noise.
        var flatten = new Transform(x => cat([Flat(x.narrow(3, 0, 2)), Flat(x.narrow(3, 2, 2))], 3)).Evaluating();
        var witness = ManifoldProjection.Measure(flatten, Brightness.Left, images);
        Assert.Equal(1 / Math.Sqrt(8), witness.Defense, 0.03);
        Assert.Equal(1, witness.Twin);
        Assert.True(witness.Holds);
        // The same inside a classifier.
        Assert.Equal(
            witness.Defense,
            ManifoldProjection.Measure(
                Sequential(flatten, Brightness.Left).Evaluating(), Brightness.Left, images).Defense);

        Assert.Equal(
            1,
            ManifoldProjection.Measure(new Transform(x => x.alias()).Evaluating(), Brightness.Left, images).Defense,
            1e-6);
        Assert.False(ManifoldProjection.Measure(new Transform(x => x * 0).Evaluating(), Brightness.Left, images).Holds);
        Assert.Throws<ArgumentException>(
            "defense", () => ManifoldProjection.Measure(Brightness.Left, Brightness.Left, images));
        Assert.Throws<ArgumentException>(
            "defense",
            () =>
                ManifoldProjection.Measure(
                    new Transform(x => x.narrow(3, 0, 2)).Evaluating(), Brightness.Left, images));
    }

    static Tensor Flat(Tensor x) => x.mean([2, 3], keepdim: true).expand(x.shape);

    static Tensor Decide(Tensor brightness) => stack([0.5 - brightness, brightness - 0.5], 1);

    /// <summary>Bright images of class 1 and dark ones of class 0, with a faint checkerboard of either sign.</summary>
    LabeledImages Textured()
    {
        var sign = (images.Labels * 2 - 1).view(-1, 1, 1, 1);
        return new LabeledImages(
            (0.5 + sign * (0.2 + 0.02 * Checkers(16))).to_type(ScalarType.Float32), images.Labels.clone(), 2);
    }

    static Tensor Checkers(int size) =>
        1 - 2 * (arange(size).view(-1, 1) + arange(size))
            .remainder(2)
            .to_type(ScalarType.Float32)
            .view(1, 1, size, size);

    /// <summary>Not one of this library's roles, so nothing has attached its surrogate.</summary>
    sealed class ForeignRounding() : Module<Tensor, Tensor>(nameof(ForeignRounding)), INonDifferentiable
    {
        public override Tensor forward(Tensor images) => (images * 256).round() / 256;
        public Tensor surrogate(Tensor images) => images;
    }
}
