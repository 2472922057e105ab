using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Each pixel becomes the mean of its neighbours, weighted by exp(-distance^2 / (2 sigma^2)); weights sum to 1. The
/// simplest of the denoising transforms of Smith (2019).
/// </summary>
/// <remarks>Outside the image stand its outermost pixels, mirrored, so that a constant image stays.</remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Smith 2019",
    UnderAttack = "Falls to PGD through it: it is one more convolution.")]
[Claims<NonRobustFeatureRemoval>]
public sealed class GaussianBlurTransform : InputTransform, ILinearMap
{
    /// <summary>Makes the transform.</summary>
    /// <param name="sigma">The width of the weights in pixels, positive.</param>
    /// <param name="size">The side of the square of neighbours, odd.</param>
    /// <exception cref="ArgumentOutOfRangeException">A width that is not positive, or an even side.</exception>
    public GaussianBlurTransform(double sigma = 1, int size = 3) : base(nameof(GaussianBlurTransform))
    {
        if (sigma is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "The width is positive and finite.");
        if (size < 1 || size % 2 == 0)
            throw new ArgumentOutOfRangeException(nameof(size), size, "The side is odd: the pixel is in the middle.");
        (Sigma, Size) = (sigma, size);
    }

    /// <summary>The width of the weights in pixels.</summary>
    public double Sigma { get; }

    /// <summary>The side of the square of neighbours.</summary>
    public int Size { get; }

    /// <summary>Blurred images [N, C, H, W].</summary>
    public override Tensor forward(Tensor images)
    {
        ImageShape.ThrowIfNot(images);
        return Blurred(images, Sigma, Size);
    }

    /// <summary>Blurred images [N, C, H, W].</summary>
    internal static Tensor Blurred(Tensor images, double sigma, int size)
    {
        using var scope = NewDisposeScope();
        var (channels, side) = (images.size(1), size / 2);
        var weights = (arange(-side, side + 1, dtype: images.dtype, device: images.device) / sigma).square().div(-2)
            .exp();
        weights /= weights.sum();
        var down = weights.view(1, 1, size, 1).repeat(channels, 1, 1, 1);
        var across = weights.view(1, 1, 1, size).repeat(channels, 1, 1, 1);
        var wider = Border.Symmetric.Extend(images, side, side);
        return functional.conv2d(functional.conv2d(wider, down, groups: channels), across, groups: channels)
            .MoveToOuterDisposeScope();
    }
}
