using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// A square part of each image at a random place, scaled to the size of the image (Guo et al. 2018 [13]), which moves
/// and stretches what a perturbation was made for.
/// </summary>
/// <remarks>
/// The source averages a network's predictions over 30 crops, as <see cref="RandomCropClassifier"/> does. Here each
/// call draws one crop for each image, so that it stands as a front or before any network.
/// </remarks>
[Defense(
    Category.GradientMasking,
    Source = "Guo et al. 2018 [13]",
    UnderAttack = "Falls to PGD on gradients averaged over draws (EOT).")]
[Claims<TestTimeRandomness>]
public sealed class RandomCropTransform : InputTransform, IRandomized
{
    /// <summary>Makes the transform.</summary>
    /// <param name="share">The part's side as a share of the image's, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">A share outside (0, 1).</exception>
    public RandomCropTransform(double share = 0.8) : base(nameof(RandomCropTransform))
    {
        if (share is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(share), share, "The share of a side lies in (0, 1).");
        Share = share;
    }

    /// <summary>The part's side as a share of the image's.</summary>
    public double Share { get; }

    /// <inheritdoc/>
    /// <remarks>30, as the attack that broke it (Athalye et al. 2018 [1]).</remarks>
    public int EotSamples { get; init; } = 30;

    /// <summary>Parts [N, C, H, W] of images of that size.</summary>
    public override Tensor forward(Tensor images)
    {
        ImageShape.ThrowIfSmaller(images, 2, "a part of one pixel is no part");
        using var scope = NewDisposeScope();
        var (height, width) = (images.size(2), images.size(3));
        var nothing = zeros(images.size(0), device: images.device);
        return PlacedSide.Place(images, Side(height), Side(width), height, width).MoveToOuterDisposeScope();

        PlacedSide Side(long length)
        {
            // At least one place is left to choose.
            var part = Math.Clamp((long)Math.Round(Share * length), 1, length - 1);
            return new(PlacedSide.Draw(nothing + (length - part)), nothing + part, nothing, nothing + length);
        }
    }
}
