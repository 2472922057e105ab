using Ensembles.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>Accuracy under one step, on linear models whose answers are known.</summary>
public sealed class WorstCaseMarginalizationTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly LabeledImages images = Halves.Images();

    public void Dispose()
    {
        images.Dispose();
        scope.Dispose();
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
    public void A_network_that_guesses_and_one_with_a_masked_gradient_marginalize_nothing()
    {
        var constant = new Function(x => stack([x.mean([1, 2, 3]) * 0 + 1, x.mean([1, 2, 3]) * 0], 1)).Evaluating();
        Assert.False(WorstCaseMarginalization.Measure(constant, Brightness.Left, images).Holds);
        var masked = new Function(x => Brightness.Left.call((x * 64).round() / 64)).Evaluating();
        Assert.False(WorstCaseMarginalization.Measure(masked, Brightness.Left, images).Holds);
    }

    LabeledImages Marked()
    {
        var marked = images.Images.clone();
        marked.narrow(3, 3, 1).copy_(images.Labels.view(-1, 1, 1, 1).expand(-1, 1, 4, 1));
        return new LabeledImages(marked, images.Labels.clone(), 2);
    }
}
