using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Certifies in Linf by bounds: a radius is proven where the logit of the label is above every other in the whole box
/// of images in [0, 1]. A proof, not an estimate. Where rounding alone could change the label it abstains.
/// </summary>
/// <param name="bounds">How differences of logits are bounded; null for <see cref="CrownBounds"/>.</param>
public sealed class BoundCertifier(BoundMethod? bounds = null) : Certifier
{
    /// <summary>How differences of logits are bounded.</summary>
    public BoundMethod Bounds { get; } = bounds ?? new CrownBounds();

    /// <summary>The largest radius that is tried, in pixel values in [0, 1].</summary>
    public double LargestRadius { get; init; } = 0.5;

    /// <summary>How much larger than the radius found one may be that was not tried.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>
    /// Whether each image is right and proven so at one radius, bool [N]: certified accuracy without the search.
    /// </summary>
    /// <param name="classifier">Images [N, C, H, W] to logits [N, K], in evaluation mode.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], at least one.</param>
    /// <param name="labels">True labels, int64 [N].</param>
    /// <param name="radius">The radius in Linf, 0 or more.</param>
    /// <inheritdoc cref="Certifier.Certify(Module{Tensor, Tensor}, Tensor)"/>
    public Tensor Holds(Module<Tensor, Tensor> classifier, Tensor images, Tensor labels, double radius)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        using var scope = NewDisposeScope();
        ImageChecks.ThrowIfNotImages(images);
        var parts = new List<Tensor>();
        for (var start = 0L; start < images.size(0); start += BatchSize)
        {
            var count = Math.Min(BatchSize, images.size(0) - start);
            parts.Add(Proven(
                classifier, images.narrow(0, start, count), labels.narrow(0, start, count),
                full(count, radius, dtype: ScalarType.Float64)));
        }

        return cat(parts).MoveToOuterDisposeScope();
    }

    private protected override Certificate Batch(Module<Tensor, Tensor> classifier, Tensor images)
    {
        RadiusChecks.ThrowIfInvalid(LargestRadius, Tolerance);
        var logits = classifier.call(images);
        BoundMethod.ThrowIfOther(classifier, images, logits);
        var labels = Ballot.Argmax(logits);
        var sure = labels.clamp(min: 0);
        var radii = RadiusSearch.Largest(
            images.size(0), LargestRadius, Tolerance, tried => Proven(classifier, images, sure, tried));
        var abstains = radii.lt(0).logical_or(labels.lt(0).cpu());
        return new Certificate(
            labels.cpu().masked_fill(abstains, Decision.Reject), radii.masked_fill(abstains, 0.0), Norm.Linf);
    }

    /// <summary>Whether z_y is above all others in the box around each image, bool [N] on the CPU.</summary>
    Tensor Proven(Module<Tensor, Tensor> classifier, Tensor images, Tensor labels, Tensor radii)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = RadiusSearch.Box(images, radii);
        var differences = Bounds.Differences(classifier, lower, upper, labels);
        // A bound that is not a number proves nothing.
        return differences.gt(0).scatter(1, labels.unsqueeze(1), ones_like(labels.unsqueeze(1), ScalarType.Bool))
            .all(1).cpu().MoveToOuterDisposeScope();
    }
}
