using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Cuts a rectangle of random area, proportions and place out of each image and scales it to the whole, as is usual for
/// ImageNet (Szegedy et al. 2015).
/// </summary>
/// <param name="SmallestArea">The least share of the image's area that is kept, in (0, 1].</param>
/// <param name="MostStretch">
/// The rectangle's sides have a ratio, to the image's, between 1 / this and this; 1 or more.
/// </param>
public sealed record ResizedCropAugmentation(double SmallestArea = 0.08, double MostStretch = 4.0 / 3) : Augmentation
{
    /// <inheritdoc/>
    /// <remarks>
    /// The area is uniform, and so is the logarithm of the proportions; sides longer than the image are cut off.
    /// </remarks>
    public override Tensor Apply(Tensor images, Generator generator)
    {
        if (SmallestArea is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(
                nameof(SmallestArea), SmallestArea, "A share of the area lies in (0, 1].");
        ArgumentOutOfRangeException.ThrowIfLessThan(MostStretch, 1);
        using var scope = NewDisposeScope();
        var count = images.size(0);
        var drawn = rand(4, count, generator: generator);
        var area = SmallestArea + (1 - SmallestArea) * drawn[0];
        var ratio = ((2 * drawn[1] - 1) * Math.Log(MostStretch)).exp();
        var (width, height) = ((area * ratio).sqrt().clamp_max(1), (area / ratio).sqrt().clamp_max(1));
        // The image spans [-1, 1]; a rectangle with sides w and h is centered within 1 - w and 1 - h of the middle.
        var (x, y) = ((2 * drawn[2] - 1) * (1 - width), (2 * drawn[3] - 1) * (1 - height));
        var none = zeros(count);
        var placed = stack([stack([width, none, x], 1), stack([none, height, y], 1)], 1).to(images.device);
        var grid = nn.functional.affine_grid(placed, images.shape, align_corners: false);
        return nn.functional.grid_sample(
            images, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: false)
            .clamp(0, 1)
            .MoveToOuterDisposeScope();
    }
}
