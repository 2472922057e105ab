using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Each pixel becomes the median of the square of k x k pixels around it (Xu et al. 2018), which removes specks smaller
/// than half the square.
/// </summary>
/// <remarks>
/// <para>Where k is even the square reaches further to the top and left, and the upper of the two middle values is the
/// median, both as SciPy has it.</para>
/// <para>It needs no surrogate: each output is one of the pixels, and its gradient goes to that pixel.</para>
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Xu et al. 2018",
    UnderAttack = "Falls to PGD through the gradient of its medians.")]
[Claims<NonRobustFeatureRemoval>]
public sealed class MedianTransform : InputTransform, IRising
{
    /// <summary>Makes the transform.</summary>
    /// <param name="size">k, the side of the square in pixels, 1 or more.</param>
    /// <param name="border">What stands outside the image.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side below 1, or no such border.</exception>
    public MedianTransform(int size = 3, Border border = Border.Symmetric) : base(nameof(MedianTransform))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (!Enum.IsDefined(border))
            throw new ArgumentOutOfRangeException(nameof(border), border, "There is no such border.");
        (Size, Border) = (size, border);
    }

    /// <summary>k, the side of the square in pixels.</summary>
    public int Size { get; }

    /// <summary>What stands outside the image.</summary>
    public Border Border { get; }

    /// <summary>Medians [N, C, H, W].</summary>
    public override Tensor forward(Tensor images)
    {
        ImageShape.ThrowIfNot(images);
        using var scope = NewDisposeScope();
        var before = Size / 2;
        var wider = Border.Extend(images, before, Size - 1 - before);
        var squares = functional.unfold(wider, (Size, Size))
            .view(images.size(0), images.size(1), Size * Size, images.size(2) * images.size(3));
        var (_, order) = squares.detach().sort(2);
        var middle = order.narrow(2, Size * Size / 2, 1);
        return squares.gather(2, middle).view(images.shape).MoveToOuterDisposeScope();
    }
}
