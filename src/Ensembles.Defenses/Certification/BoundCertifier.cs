using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Certifies in Linf by bounds: a radius is proven where the logit of the label is above every other in the whole box
/// of images in [0, 1]. A proof, not an estimate. Where rounding alone could change the label it abstains.
/// </summary>
/// <remarks>Cheap bounds are tried first: an image that intervals decide is not asked linear bounds.</remarks>
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
    /// <param name="progress">Receives the share of the work done, in [0, 1].</param>
    /// <param name="cancellation">Stops it with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="Certifier.Certify(Module{Tensor, Tensor}, Tensor, IProgress{double}, CancellationToken)"/>
    public Tensor Holds(
        Module<Tensor, Tensor> classifier, Tensor images, Tensor labels, double radius,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        ThrowIfTraining(classifier);
        ThrowIfNoImages(images);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (network, given) = Followed(classifier, images);
        var right = given.eq(labels.cpu());
        var places = right.nonzero().flatten();
        var holds = RadiusSearch.Holds(
            places.size(0), radius,
            Proofs(network, images.index_select(0, places.to(images.device)), labels.cpu().index_select(0, places)),
            new Work(progress, cancellation));
        return zeros_like(right).scatter(0, places, tensor(holds)).MoveToOuterDisposeScope();
    }

    private protected override Certificate Certify(Module<Tensor, Tensor> classifier, Tensor images, Work work)
    {
        RadiusChecks.ThrowIfInvalid(LargestRadius, Tolerance);
        var (network, labels) = Followed(classifier, images);
        var found = tensor(RadiusSearch.Largest(
            images.size(0), LargestRadius, Tolerance, Proofs(network, images, labels.clamp(min: 0)), work));
        var abstains = found.lt(0).logical_or(labels.lt(0));
        return new Certificate(
            labels.masked_fill(abstains, Decision.Reject), found.masked_fill(abstains, 0.0), Norm.Linf);
    }

    /// <summary>The classifier as layers, and the labels that it gives, int64 [N] on the CPU.</summary>
    (BoundedNetwork Network, Tensor Labels) Followed(Module<Tensor, Tensor> classifier, Tensor images)
    {
        var network = BoundedNetwork.Of(classifier);
        // What layers work out at their first images is kept for all.
        BoundMethod.Prepare(network, images);
        var labels = new List<Tensor>();
        foreach (var batch in images.split(Bounds.BatchSize))
        {
            using var scope = NewDisposeScope();
            var logits = classifier.call(batch);
            BoundMethod.ThrowIfOther(classifier.GetName(), network, batch, logits);
            labels.Add(Ballot.Argmax(logits).cpu().MoveToOuterDisposeScope());
        }

        return (network, cat(labels));
    }

    List<RadiusSearch.Proof> Proofs(BoundedNetwork network, Tensor images, Tensor labels)
    {
        return [.. Bounds.FromTheCheapest.Select(method => new RadiusSearch.Proof(
            method.BatchSize, (places, radii) => Of(method, places, radii)))];

        Tensor Of(BoundMethod method, Tensor places, Tensor radii)
        {
            var (lower, upper) = RadiusSearch.Box(images.index_select(0, places.to(images.device)), radii);
            return method.Proves(
                method.Bounds(network, lower, upper), labels.index_select(0, places).to(images.device));
        }
    }
}
