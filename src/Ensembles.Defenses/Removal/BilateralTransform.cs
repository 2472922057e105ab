using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Each pixel becomes the mean of its neighbours, weighted by how near they are and how alike (Tomasi and Manduchi
/// 1998): w = exp(-|i - j|^2 / (2 space^2) - |x_i - x_j|^2 / (2 range^2)). It smooths faint textures and keeps edges.
/// </summary>
/// <remarks>Weights are the same for all channels and have gradients too, so it needs no surrogate.</remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Tomasi and Manduchi 1998",
    UnderAttack = "Falls to PGD through it.")]
[Claims<NonRobustFeatureRemoval>]
public sealed class BilateralTransform : InputTransform
{
    /// <summary>Makes the transform.</summary>
    /// <param name="size">The side of the square of neighbours, odd.</param>
    /// <param name="space">The width of the weights in pixels, positive.</param>
    /// <param name="range">The width of the weights in pixel values, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">An even side, or a width that is not positive.</exception>
    public BilateralTransform(int size = 5, double space = 1.5, double range = 0.2) : base(nameof(BilateralTransform))
    {
        if (size < 1 || size % 2 == 0)
            throw new ArgumentOutOfRangeException(nameof(size), size, "The side is odd: the pixel is in the middle.");
        if (!(space > 0))
            throw new ArgumentOutOfRangeException(nameof(space), space, "The width in pixels is positive.");
        if (!(range > 0))
            throw new ArgumentOutOfRangeException(nameof(range), range, "The width in pixel values is positive.");
        (Size, Space, Range) = (size, space, range);
    }

    /// <summary>The side of the square of neighbours.</summary>
    public int Size { get; }

    /// <summary>The width of the weights in pixels.</summary>
    public double Space { get; }

    /// <summary>The width of the weights in pixel values.</summary>
    public double Range { get; }

    /// <summary>Smoothed images [N, C, H, W].</summary>
    public override Tensor forward(Tensor images)
    {
        ImageShape.ThrowIfNot(images);
        using var scope = NewDisposeScope();
        var side = Size / 2;
        var squares = functional.unfold(Border.Symmetric.Extend(images, side, side), (Size, Size))
            .view(images.size(0), images.size(1), Size * Size, images.size(2) * images.size(3));
        var offsets = (arange(-side, side + 1, dtype: images.dtype, device: images.device) / Space).square() / 2;
        var near = (offsets.view(-1, 1) + offsets).view(1, 1, -1, 1);
        var alike = (squares - images.flatten(2).unsqueeze(2)).square().sum(1, keepdim: true) / (2 * Range * Range);
        var weights = (-near - alike).softmax(2);
        return (weights * squares).sum(2).view(images.shape).MoveToOuterDisposeScope();
    }
}
