using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Edge images, the toy example of Smith (2019): the network sees only where brightness changes strongly, which keeps
/// shapes and drops faint textures. e(x) = 1[M(x) > threshold] with M = (|Gx| + |Gy|) / 6, the magnitude of Sobel's
/// gradient of the luma, in [0, 1].
/// </summary>
/// <remarks>
/// A pixel whose magnitude is close to the threshold flips under a small perturbation; the others are frozen, and
/// <see cref="FrozenPixels"/> proves which.
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Smith 2019",
    UnderAttack = "Falls to attacks through a smooth surrogate of its threshold (BPDA).")]
[Claims<NonRobustFeatureRemoval>]
public sealed partial class EdgeTransform : InputTransform, INonDifferentiable, IIntervalMap
{
    // The largest |Gx| + |Gy| over images in [0, 1]: Sx + Sy has positive weights that sum to 6, and so has Sx - Sy.
    const float LargestMagnitude = 6;

    // Float32 rounds each magnitude by less than this; bounds are widened by it.
    const float Rounding = 1e-5f;

    readonly Tensor sobel;

    /// <summary>Makes the transform.</summary>
    /// <param name="threshold">
    /// The magnitude above which a pixel is an edge, in (0, 1), as a share of the largest possible one.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A threshold outside (0, 1).</exception>
    public EdgeTransform(double threshold = 0.2) : base(nameof(EdgeTransform))
    {
        if (threshold is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(threshold), threshold, "The threshold is a share of the largest magnitude, in (0, 1).");
        Threshold = threshold;
        using var scope = NewDisposeScope();
        sobel = Sobel.Filters().div(LargestMagnitude).DetachFromDisposeScope();
        register_buffer(nameof(sobel), sobel);
        RegisterComponents();
    }

    /// <summary>The magnitude above which a pixel is an edge, as a share of the largest possible one.</summary>
    public double Threshold { get; }

    /// <summary>
    /// T, the softness of the surrogate in units of magnitude: small is close to the step, large carries gradient to
    /// pixels far from it. Of 0.01 to 0.2, 0.02 led PGD furthest on the embedded dataset, and 0.05 about as far.
    /// </summary>
    public double Temperature { get; set; } = 0.02;

    /// <summary>Edges [N, C, H, W] in {0, 1}, the same in every channel.</summary>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        return InEveryChannel(Magnitude(images).gt(Constant.Of(Threshold)).to_type(ScalarType.Float32), images);
    }

    /// <summary>The step becomes sigmoid((M - threshold) / T).</summary>
    public Tensor surrogate(Tensor images)
    {
        using var scope = NewDisposeScope();
        return InEveryChannel(((Magnitude(images) - Threshold) / Temperature).sigmoid(), images);
    }

    /// <summary>M(x), float32 [N, 1, H, W] in [0, 1], of images [N, C, H, W].</summary>
    public Tensor Magnitude(Tensor images)
    {
        using var scope = NewDisposeScope();
        return Sobel.Filter(Sobel.Luma(images), sobel).abs().sum(1, keepdim: true).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The pixels of e(x), bool [N, 1, H, W], that no perturbation of at most epsilon in Linf inside [0, 1] can flip.
    /// An image whose pixels are all frozen is certified: its edges, and so the network's answer, stay the same.
    /// </summary>
    /// <remarks>
    /// M is the largest of the four linear functions (+-Gx +-Gy) / 6 of the image. Over the box [max(0, x - epsilon),
    /// min(1, x + epsilon)] with center c and radius r, a linear function with weights w reaches w.c + |w|.r and w.c -
    /// |w|.r. So M is at most the largest of the four upper ends, and at least the largest of the four lower ends.
    /// </remarks>
    /// <param name="images">Images [N, C, H, W] in [0, 1].</param>
    /// <param name="epsilon">Radius in Linf, 0 or more.</param>
    public Tensor FrozenPixels(Tensor images, double epsilon)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (smallest, largest) = Magnitudes((images - epsilon).clamp_min(0), (images + epsilon).clamp_max(1));
        return largest.le(Threshold).logical_or(smallest.gt(Threshold)).MoveToOuterDisposeScope();
    }

    /// <summary>An edge for sure is 1 in both, none for sure 0 in both; other pixels are 0 in one and 1 in the other.
    /// </summary>
    public (Tensor Lower, Tensor Upper) interval(Tensor lower, Tensor upper)
    {
        using var scope = NewDisposeScope();
        var (smallest, largest) = Magnitudes(lower, upper);
        return (
            InEveryChannel(smallest.gt(Threshold).to_type(lower.dtype), lower),
            InEveryChannel(largest.gt(Threshold).to_type(lower.dtype), lower));
    }

    /// <summary>What M is at least and at most over a box, widened by its rounding.</summary>
    (Tensor Smallest, Tensor Largest) Magnitudes(Tensor lower, Tensor upper)
    {
        var (low, high) = (Sobel.Luma(lower), Sobel.Luma(upper));
        var filters = sobel.to_type(lower.dtype);
        var (sx, sy) = (filters.narrow(0, 0, 1), filters.narrow(0, 1, 1));
        var functions = cat([sx + sy, sx - sy]);
        var center = Sobel.Filter((low + high) / 2, functions).abs();
        var radius = Sobel.Filter((high - low) / 2, functions.abs());
        return (
            (center - radius).amax([1], keepdim: true) - Rounding,
            (center + radius).amax([1], keepdim: true) + Rounding);
    }

    static Tensor InEveryChannel(Tensor edges, Tensor images) =>
        edges.expand(-1, images.size(1), -1, -1).MoveToOuterDisposeScope();
}
