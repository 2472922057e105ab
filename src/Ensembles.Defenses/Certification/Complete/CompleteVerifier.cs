using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Complete verification of small ReLU networks in Linf: a radius is proven, or an image that gets another label is
/// found, so that the minimal distortion is known up to a tolerance (Carlini et al. 2017 [3], who asked a solver).
/// Branch and bound over the phases of ReLUs, with linear bounds; its time may grow with 2 to the number of ReLUs.
/// </summary>
/// <remarks>Transforms before the network that are not linear, and max pooling, are refused.</remarks>
public sealed class CompleteVerifier : Certifier
{
    /// <summary>The largest radius that is tried, in pixel values in [0, 1].</summary>
    public double LargestRadius { get; init; } = 0.5;

    /// <summary>How much larger than the radius proven one may be that is refuted.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Branches for each image and radius, after which it counts as not proven.</summary>
    public int MostBranches { get; init; } = 20_000;

    /// <summary>The minimal distortion of an image: how far it is proven, and how far a change of label was found.
    /// </summary>
    /// <param name="classifier">Images [N, C, H, W] to logits [N, K], in evaluation mode.</param>
    /// <param name="image">Float32 [1, C, H, W] in [0, 1].</param>
    /// <param name="cancellation">Stops it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">More or other images than one.</exception>
    /// <inheritdoc cref="Certifier.Certify(Module{Tensor, Tensor}, Tensor, IProgress{double}, CancellationToken)"/>
    public MinimalDistortion Distortion(
        Module<Tensor, Tensor> classifier, Tensor image, CancellationToken cancellation = default)
    {
        if (image.dim() != 4 || image.size(0) != 1)
            throw new ArgumentException("The minimal distortion is of one image, [1, C, H, W].", nameof(image));
        ThrowIfTraining(classifier);
        ThrowIfNoImages(image);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        (double Distance, Tensor Image)? nearest = null;
        var certificate = Certify(classifier, image, new Work(null, cancellation), (distance, found) =>
        {
            if (nearest is { } before && before.Distance <= distance)
                return;
            nearest?.Image.Dispose();
            nearest = (distance, found.DetachFromDisposeScope());
        });
        return new MinimalDistortion(certificate.Radii.item<double>(), nearest?.Distance, nearest?.Image);
    }

    private protected override Certificate Certify(Module<Tensor, Tensor> classifier, Tensor images, Work work) =>
        Certify(classifier, images, work, (_, _) => { });

    Certificate Certify(
        Module<Tensor, Tensor> classifier, Tensor images, Work work, Action<double, Tensor> refuted)
    {
        RadiusChecks.ThrowIfInvalid(LargestRadius, Tolerance);
        var logits = classifier.call(images);
        var network = BoundedNetwork.Of([classifier], ScalarType.Float64);
        BoundMethod.Prepare(network, images);
        BoundMethod.ThrowIfOther(classifier.GetName(), network, images, logits);
        if (network.Nodes.FirstOrDefault(n => n.Layer is not (null or ReluBounds or FlattenBounds or AffineBounds)) is
            { Layer: { } other })
            throw new NotSupportedException(
                $"Complete verification is of networks whose layers are linear or ReLU; this one has "
                + $"{other.GetType().Name.Replace("Bounds", "", StringComparison.Ordinal)}. "
                + $"{nameof(BoundCertifier)} takes it.");

        var labels = Ballot.Argmax(logits).cpu().data<long>().ToArray();
        var radii = new double[labels.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            var (image, label) = (images.narrow(0, i, 1), labels[i]);
            work.At((double)i / labels.Length);
            var proof = new RadiusSearch.Proof(1, (_, tried) => tensor([
                label >= 0 && Proven(
                    network, classifier, image, label, logits.size(1), tried, refuted, work.Cancellation),
            ]));
            radii[i] = RadiusSearch.Largest(
                1, LargestRadius, Tolerance, [proof], work with { Progress = null })[0];
            labels[i] = radii[i] < 0 ? Decision.Reject : label;
        }

        work.At(1);
        return new Certificate(tensor(labels), tensor(radii).clamp(min: 0), Norm.Linf);
    }

    bool Proven(
        BoundedNetwork network, Module<Tensor, Tensor> classifier, Tensor image, long label, long classes,
        Tensor radius, Action<double, Tensor> refuted, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = RadiusSearch.Box(image, radius);
        var branches = MostBranches;
        for (var other = 0L; other < classes; other++)
        {
            if (other == label)
                continue;
            var slope = zeros([1, 1, classes], dtype: ScalarType.Float64);
            (slope[0, 0, label], slope[0, 0, other]) = (1, -1);
            var search = new PhaseSearch(network, new Interval(lower, upper), slope, IsOther);
            if (search.Holds(ref branches, cancellation) != true)
                return false;
        }

        return true;

        bool IsOther(double[] point)
        {
            var moved = tensor(point).view(image.shape).to_type(ScalarType.Float32);
            if (Ballot.Argmax(classifier.call(moved)).item<long>() == label)
                return false;
            var distance = (moved.to_type(ScalarType.Float64) - image.to_type(ScalarType.Float64)).abs().max();
            refuted(distance.item<double>(), moved);
            return true;
        }
    }
}

/// <summary>How far an image is from one that gets another label, in Linf.</summary>
/// <param name="Proven">No image is nearer.</param>
/// <param name="Found">The distance of the image found; null where none was.</param>
/// <param name="Image">The image found, float32 [1, C, H, W]; null where none was.</param>
public sealed record MinimalDistortion(double Proven, double? Found, Tensor? Image) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Image?.Dispose();
}
