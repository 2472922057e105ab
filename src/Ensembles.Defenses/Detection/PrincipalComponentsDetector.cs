using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Hendrycks and Gimpel 2017, as Carlini and Wagner 2017 [5] study it: an image is suspicious when it is strong in the
/// last principal components of the training images' pixels, where these have next to nothing.
/// </summary>
/// <remarks>
/// With the principal directions v_i and variances s_i^2 of the pixels, the evidence is
/// log mean_i ((x - m).v_i / s_i)^2 over the last components. It needs no network; its own only makes the attacks that
/// the regression is fitted to.
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Hendrycks and Gimpel 2017",
    UnderAttack = "Falls to attacks that stay within the leading components, as the gradient of its score does.")]
[Claims<AdversarialRejection>]
public sealed class PrincipalComponentsDetector : FittedDetector
{
    /// <summary>Keeps components in which training images do not vary at all from counting without end.</summary>
    const double SmallestVariance = 1e-5;

    readonly Tensor mean;
    readonly Tensor late;

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="networks">Makes the network.</param>
    /// <param name="pixels">C H W of the images, at most 4,096.</param>
    /// <param name="lateShare">The share of the components that are late, in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">More pixels, or another share.</exception>
    public PrincipalComponentsDetector(INetworkFactory networks, int pixels = 784, double lateShare = 0.5)
        : base(networks.Create(), evidenceCount: 1)
    {
        PixelComponents.ThrowIfNotPixels(pixels);
        if (lateShare is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(lateShare), lateShare, "The share lies in (0, 1).");
        LateShare = lateShare;
        mean = zeros(pixels).DetachFromDisposeScope();
        late = zeros(pixels, Math.Max(1, (int)(lateShare * pixels))).DetachFromDisposeScope();
        register_buffer(nameof(mean), mean);
        register_buffer(nameof(late), late);
    }

    /// <summary>The share of the components that are late.</summary>
    public double LateShare { get; }

    /// <summary>
    /// What the regression sees, float32 [N, 1]: the logarithm of the mean square of the late coefficients, each in
    /// units of its deviation over the training images.
    /// </summary>
    /// <exception cref="ArgumentException">Images of another number of pixels.</exception>
    public override Tensor Evidence(Tensor images)
    {
        using var scope = NewDisposeScope();
        var coefficients = (PixelComponents.Flat(images, mean.size(0)) - mean).matmul(late);
        return coefficients.pow(2).mean([1]).clamp_min(1e-12).log().unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the components of the images.</summary>
    /// <inheritdoc/>
    protected override void FitEvidence(ILabeledImages seen, Device device, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        // Ascending: the first are the late ones.
        var (center, variances, directions) =
            PixelComponents.Of(InBatches(seen, device, images => images.flatten(1), cancellation));
        var count = late.size(1);
        var deviations = variances.narrow(0, 0, count).clamp_min(SmallestVariance).sqrt();
        mean.copy_(center);
        late.copy_(directions.narrow(1, 0, count) / deviations);
    }
}
