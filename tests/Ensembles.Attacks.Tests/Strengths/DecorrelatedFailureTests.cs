using Ensembles.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>Errors on other images than the twin's.</summary>
public sealed class DecorrelatedFailureTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly LabeledImages images = Halves.Images();

    public void Dispose()
    {
        images.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void Errors_on_other_images_do_not_overlap_and_the_twins_own_do()
    {
        var other = DecorrelatedFailure.Measure(Brightness.Right, Brightness.Left, images);
        Assert.Equal(0, other.Defense);
        Assert.True(other.Holds);

        var same = DecorrelatedFailure.Measure(Brightness.Left, Brightness.Left, images);
        Assert.Equal(1, same.Defense, 1e-9);
        Assert.False(same.Holds);
    }

    [Fact]
    public void The_overlap_of_errors_is_phi_over_the_largest_phi_their_rates_allow()
    {
        var a = tensor([true, true, true, false, false, false, false, false]);
        var b = tensor([true, true, false, true, false, false, false, false]);
        // P(both) = 2/8, p = q = 3/8: (16 - 9) / (24 - 9); with equal rates it is phi itself.
        Assert.Equal(7.0 / 15, DecorrelatedFailure.Overlap(a, b), 1e-12);
        // Errors inside the other's errors overlap fully, however rare.
        Assert.Equal(
            1, DecorrelatedFailure.Overlap(a, tensor([true, false, false, false, false, false, false, false])), 1e-12);
        Assert.Equal(1, DecorrelatedFailure.Overlap(a, a), 1e-12);
        Assert.True(DecorrelatedFailure.Overlap(a, a.logical_not()) < 0);
        Assert.Equal(0, DecorrelatedFailure.Overlap(zeros_like(a), b));
        Assert.Equal(double.NaN, DecorrelatedFailure.Overlap(ones_like(a), b));
    }

    [Fact]
    public void Guessing_is_no_independence()
    {
        var constant = new Function(x => stack([x.mean([1, 2, 3]) * 0 + 1, x.mean([1, 2, 3]) * 0], 1)).Evaluating();
        Assert.False(DecorrelatedFailure.Measure(constant, Brightness.Left, images).Holds);
    }
}
