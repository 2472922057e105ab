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
    public void One_step_moves_a_linear_margin_by_epsilon_times_the_l1_norm_of_its_weights()
    {
        var directions = SignSteps.Directions(Brightness.Left, images.Images, images.Labels);
        var before = Margins.Of(Brightness.Left.call(images.Images), images.Labels);
        var after = Margins.Of(Brightness.Left.call(SignSteps.Step(images.Images, directions, 0.1)), images.Labels);
        // |w|_1 = 2 scale = 20
        Assert.True((before - after).allclose(full(Halves.Count, 2f), atol: 1e-4));
        Assert.True(directions.narrow(3, 2, 2).eq(0).all().item<bool>(), "pixels the classifier does not look at stay");
    }

    [Fact]
    public void The_halving_epsilon_is_the_median_distance_to_the_boundary()
    {
        var directions = SignSteps.Directions(Brightness.Left, images.Images, images.Labels);
        Assert.Equal(0.15, SignSteps.HalvingEpsilon(Brightness.Left, images, directions), 1.5e-3);
    }

    [Fact]
    public void Iterated_steps_stay_in_the_ball_and_in_the_box_and_beat_one_step()
    {
        var adversarial = SignSteps.Iterate(Brightness.Left, images, 0.3);
        Assert.True((adversarial - images.Images).abs().max().item<float>() <= 0.3f + 1e-6f);
        Assert.InRange(adversarial.min().item<float>(), 0, 1);
        Assert.InRange(adversarial.max().item<float>(), 0, 1);
        Assert.Equal(0, Decisions.Share(Decisions.Right(Brightness.Left, adversarial, images)));
    }

    [Fact]
    public void The_jacobian_is_measured_against_the_margin()
    {
        var witness = SmallInputJacobian.Measure(Brightness.Left, Brightness.Left, images);
        // |grad m| = 2 scale / sqrt(8 pixels), m = 2 scale a, and the median a is 0.15.
        Assert.Equal(1 / Math.Sqrt(8) / 0.15, witness.Twin, 0.02);
        Assert.False(witness.Holds);

        // Another scale of the logits changes nothing; looking at twice the pixels divides the gradient by sqrt(2).
        Assert.Equal(witness.Twin, SmallInputJacobian.Measure(new Brightness(0, 2, 1e-4).Evaluating(), Brightness.Left, images).Defense, 1e-3);
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
        Assert.False(WorstCaseMarginalization.Measure(masked, Brightness.Left, images).Holds);
    }

    [Fact]
    public void A_masked_gradient_with_a_surrogate_is_measured_through_it()
    {
        var declared = Sequential(new ForeignRounding(), Brightness.Left).Evaluating();
        var witness = SmallInputJacobian.Measure(declared, Brightness.Left, images);
        Assert.Equal(witness.Twin, witness.Defense, witness.Twin * 0.05);
    }

    [Fact]
    public void A_network_that_withstands_the_steps_marginalizes_and_one_that_is_merely_another_does_not()
    {
        // Looks at the right half, which the twin's steps leave alone: its own steps break it as easily.
        var other = WorstCaseMarginalization.Measure(Brightness.Right, Brightness.Left, images);
        Assert.Equal(0.5, other.Twin, 0.02);
        Assert.Equal(0.5, other.Defense, 0.02);
        Assert.False(other.Holds);

        Assert.False(WorstCaseMarginalization.Measure(Brightness.Left, Brightness.Left, images).Holds);

        // The sign of the label is written into one pixel as 0 or 1, which no step of the twin's size changes.
        using var marked = Marked();
        var robust = WorstCaseMarginalization.Measure(new Brightness(3, 1).Evaluating(), Brightness.Left, marked);
        Assert.Equal(1, robust.Defense);
        Assert.True(robust.Holds);
    }

    [Fact]
    public void A_network_that_guesses_marginalizes_nothing()
    {
        var constant = new Function(x => stack([x.mean([1, 2, 3]) * 0 + 1, x.mean([1, 2, 3]) * 0], 1)).Evaluating();
        Assert.False(WorstCaseMarginalization.Measure(constant, Brightness.Left, images).Holds);
        Assert.False(SmallInputJacobian.Measure(constant, Brightness.Left, images).Holds);
        Assert.False(DecorrelatedFailure.Measure(constant, Brightness.Left, images).Holds);
        Assert.False(NonRobustFeatureRemoval.Measure(constant, Brightness.Left, images).Holds);
    }

    [Fact]
    public void Errors_on_other_images_are_decorrelated_and_the_twins_own_are_not()
    {
        var other = DecorrelatedFailure.Measure(Brightness.Right, Brightness.Left, images);
        Assert.Equal(0, other.Defense);
        Assert.True(other.Holds);

        var same = DecorrelatedFailure.Measure(Brightness.Left, Brightness.Left, images);
        Assert.Equal(1, same.Defense, 1e-9);
        Assert.False(same.Holds);
    }

    [Fact]
    public void Phi_is_pearsons_correlation_of_flags()
    {
        var a = tensor([true, true, true, false, false, false, false, false]);
        var b = tensor([true, true, false, true, false, false, false, false]);
        // n11 = 2, n10 = n01 = 1, n00 = 4: (2 * 4 - 1) / sqrt(3 * 5 * 3 * 5)
        Assert.Equal(7.0 / 15, DecorrelatedFailure.Phi(a, b), 1e-12);
        Assert.Equal(-1, DecorrelatedFailure.Phi(a, a.logical_not()), 1e-12);
        Assert.Equal(0, DecorrelatedFailure.Phi(zeros_like(a), b));
        Assert.Equal(double.NaN, DecorrelatedFailure.Phi(ones_like(a), b));
    }

    [Fact]
    public void High_frequencies_are_faint_and_have_no_low_part()
    {
        using var generator = new Generator(1);
        var pattern = NonRobustFeatureRemoval.HighFrequencies(zeros(3, 2, 28, 28), generator);
        Assert.True(pattern.abs().amax([1, 2, 3]).allclose(full(3, 8 / 255f)));
        var spectrum = fft.fft2(pattern).abs();
        // 28 pixels: frequencies 0 to 7 of 28 are at most a quarter of a cycle per pixel.
        Assert.True(spectrum.narrow(2, 0, 8).narrow(3, 0, 8).max().item<float>() < 1e-4);
        Assert.True(spectrum.max().item<float>() > 0.1);
    }

    [Fact]
    public void A_low_pass_destroys_patterns_and_a_network_on_single_pixels_does_not()
    {
        using var large = Resized(16);
        // Reads every second column: a checkerboard does not average out.
        var fine = new Function(x => Decide(x[TensorIndex.Ellipsis, TensorIndex.Slice(0, null, 2)].narrow(3, 0, 1).mean([1, 2, 3]))).Evaluating();
        var coarse = new Function(x => Decide(functional.avg_pool2d(x, 16).flatten())).Evaluating();

        var removed = NonRobustFeatureRemoval.Measure(coarse, fine, large);
        Assert.True(removed.Holds);
        Assert.True(removed.Defense < 1e-3, $"{removed.Defense}");
        Assert.False(NonRobustFeatureRemoval.Measure(fine, fine, large).Holds);
        Assert.False(NonRobustFeatureRemoval.Measure(fine, coarse, large).Holds);
    }

    [Fact]
    public void A_transform_is_measured_on_the_images_it_gives()
    {
        using var large = Resized(16);
        var blur = new Transform(x => functional.avg_pool2d(x, 4)).Evaluating();
        var blurred = NonRobustFeatureRemoval.Measure(blur, Brightness.Left, large);
        Assert.True(blurred.Holds);

        var copy = NonRobustFeatureRemoval.Measure(new Transform(x => x.alias()).Evaluating(), Brightness.Left, large);
        Assert.Equal(copy.Twin, copy.Defense, 1e-9);
        Assert.False(copy.Holds);
        Assert.False(NonRobustFeatureRemoval.Measure(new Transform(x => x * 0).Evaluating(), Brightness.Left, large).Holds);
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
        Assert.Equal(witness.Defense, ManifoldProjection.Measure(Sequential(flatten, Brightness.Left).Evaluating(), Brightness.Left, images).Defense);

        Assert.Equal(1, ManifoldProjection.Measure(new Transform(x => x.alias()).Evaluating(), Brightness.Left, images).Defense, 1e-6);
        Assert.False(ManifoldProjection.Measure(new Transform(x => x * 0).Evaluating(), Brightness.Left, images).Holds);
        Assert.Throws<ArgumentException>("defense", () => ManifoldProjection.Measure(Brightness.Left, Brightness.Left, images));
        Assert.Throws<ArgumentException>("defense", () => ManifoldProjection.Measure(new Transform(x => x.narrow(3, 0, 2)).Evaluating(), Brightness.Left, images));
    }

    static Tensor Flat(Tensor x) => x.mean([2, 3], keepdim: true).expand(x.shape);

    static Tensor Decide(Tensor brightness) => stack([0.5 - brightness, brightness - 0.5], 1);

    LabeledImages Marked()
    {
        var marked = images.Images.clone();
        marked.narrow(3, 3, 1).copy_(images.Labels.view(-1, 1, 1, 1).expand(-1, 1, 4, 1));
        return new LabeledImages(marked, images.Labels.clone(), 2);
    }

    LabeledImages Resized(int size) => new(functional.interpolate(images.Images, [size, size]).clamp(0, 1), images.Labels.clone(), 2);

    /// <summary>Not one of this library's roles, so nothing has attached its surrogate.</summary>
    sealed class ForeignRounding() : Module<Tensor, Tensor>(nameof(ForeignRounding)), INonDifferentiable
    {
        public override Tensor forward(Tensor images) => (images * 256).round() / 256;
        public Tensor surrogate(Tensor images) => images;
    }
}
