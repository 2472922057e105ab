using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Each pixel becomes the mean of the pixels around it whose surroundings look like its own (Buades et al. 2005): w =
/// exp(-d^2 / h^2), with d^2 the mean squared difference of the two patches, over all channels.
/// </summary>
/// <remarks>Weights have gradients too, so it needs no surrogate.</remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Buades et al. 2005",
    UnderAttack = "Falls to PGD through it.")]
[Claims<NonRobustFeatureRemoval>]
public sealed class NonLocalMeansTransform : InputTransform
{
    /// <summary>Makes the transform.</summary>
    /// <param name="strength">h, the difference at which patches stop counting as alike, positive.</param>
    /// <param name="patch">The side of the patches that are compared, odd.</param>
    /// <param name="search">The side of the square in which pixels are looked for, odd.</param>
    /// <exception cref="ArgumentOutOfRangeException">An even side, or a strength that is not positive.</exception>
    public NonLocalMeansTransform(double strength = 0.1, int patch = 3, int search = 7)
        : base(nameof(NonLocalMeansTransform))
    {
        if (!(strength > 0))
            throw new ArgumentOutOfRangeException(nameof(strength), strength, "The strength is positive.");
        if (patch < 1 || patch % 2 == 0)
            throw new ArgumentOutOfRangeException(nameof(patch), patch, "The side of a patch is odd.");
        if (search < 1 || search % 2 == 0)
            throw new ArgumentOutOfRangeException(nameof(search), search, "The side of the search is odd.");
        (Strength, Patch, Search) = (strength, patch, search);
    }

    /// <summary>h, the difference at which patches stop counting as alike.</summary>
    public double Strength { get; }

    /// <summary>The side of the patches that are compared.</summary>
    public int Patch { get; }

    /// <summary>The side of the square in which pixels are looked for.</summary>
    public int Search { get; }

    /// <summary>Smoothed images [N, C, H, W].</summary>
    public override Tensor forward(Tensor images)
    {
        ImageShape.ThrowIfNot(images);
        using var scope = NewDisposeScope();
        var (height, width) = (images.size(2), images.size(3));
        var (reach, around) = (Search / 2, Patch / 2);
        var wider = Border.Symmetric.Extend(images, reach + around, reach + around);
        var own = Shifted(reach, reach);
        Tensor total = zeros_like(images), weights = zeros_like(images.narrow(1, 0, 1));
        for (var down = 0; down < Search; down++)
        {
            for (var across = 0; across < Search; across++)
            {
                using var inner = NewDisposeScope();
                var other = Shifted(down, across);
                var difference = functional.avg_pool2d(
                    (own - other).square().mean([1], keepdim: true), Patch, stride: 1);
                var weight = (difference / -(Strength * Strength)).exp();
                Add(ref weights, weight);
                Add(ref total, weight * other.narrow(2, around, height).narrow(3, around, width));
            }
        }
        return (total / weights).MoveToOuterDisposeScope();

        static void Add(ref Tensor sum, Tensor term)
        {
            var before = sum;
            sum = (before + term).MoveToOuterDisposeScope();
            before.Dispose();
        }

        Tensor Shifted(int down, int across) =>
            wider.narrow(2, down, height + (2 * around)).narrow(3, across, width + (2 * around));
    }
}
