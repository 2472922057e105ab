using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Each image is scaled to a side drawn at random and padded with zeros at random on the four sides (Xie et al. 2018).
/// Of D x D pixels come D + growth, and the image takes D - shrink to D + growth of them.
/// </summary>
/// <remarks>
/// The source's growth is 32, and its shrink 0: its network takes images that much larger. With a growth of 0 images
/// keep their size, as networks of a fixed size need. Each image has a draw of its own.
/// </remarks>
[Defense(
    Category.GradientMasking,
    Source = "Xie et al. 2018",
    UnderAttack = "Falls to PGD on gradients averaged over draws (EOT).")]
[Claims<TestTimeRandomness>]
public sealed class RandomResizePadTransform : InputTransform, IRandomized
{
    /// <summary>Makes the transform.</summary>
    /// <param name="shrink">By how many pixels a side shrinks at most, 0 or more.</param>
    /// <param name="growth">By how many pixels it grows at most, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative number, or 0 for both.</exception>
    public RandomResizePadTransform(int shrink = 4, int growth = 0) : base(nameof(RandomResizePadTransform))
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shrink);
        ArgumentOutOfRangeException.ThrowIfNegative(growth);
        if (shrink + growth == 0)
            throw new ArgumentOutOfRangeException(nameof(shrink), "With a shrink and a growth of 0 nothing is random.");
        (Shrink, Growth) = (shrink, growth);
    }

    /// <summary>By how many pixels a side shrinks at most.</summary>
    public int Shrink { get; }

    /// <summary>By how many pixels a side grows at most.</summary>
    public int Growth { get; }

    /// <inheritdoc/>
    /// <remarks>30, as the attack that broke it (Athalye et al. 2018 [1]).</remarks>
    public int EotSamples { get; init; } = 30;

    /// <summary>Scaled and padded images [N, C, H + growth, W + growth].</summary>
    public override Tensor forward(Tensor images)
    {
        ImageShape.ThrowIfSmaller(images, Shrink + 1, $"a side may shrink by {Shrink} pixels");
        using var scope = NewDisposeScope();
        var (height, width) = (images.size(2), images.size(3));
        var nothing = zeros(images.size(0), device: images.device);
        var change = PlacedSide.Draw(nothing + (Shrink + Growth)) - Shrink;
        return PlacedSide.Place(images, Side(height), Side(width), height + Growth, width + Growth)
            .MoveToOuterDisposeScope();

        PlacedSide Side(long length) =>
            new(nothing, nothing + length, PlacedSide.Draw(Growth - change), change + length);
    }
}
