using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Ma et al. 2018: an image is suspicious when the features of training images around its own seem to have many
/// dimensions, since attacks leave the few along which images vary; see <see cref="LocalIntrinsicDimensionality"/>. On
/// the penultimate features, without the source's other layers.
/// </summary>
[Defense(
    Category.Detection,
    Source = "Ma et al. 2018",
    UnderAttack = "Falls to attacks that lower its estimate beside changing the class.")]
[Claims<AdversarialRejection>]
public sealed class LocalIntrinsicDimensionalityDetector : FittedDetector
{
    readonly LocalIntrinsicDimensionality dimensionality;

    /// <summary>Makes an untrained detector with a network of its own.</summary>
    /// <param name="networks">Makes the network.</param>
    /// <param name="references">R, training images whose features are kept, so many at least are needed.</param>
    /// <param name="neighbors">k, the nearest of them that count; the source uses 10 to 100.</param>
    public LocalIntrinsicDimensionalityDetector(INetworkFactory networks, int references = 300, int neighbors = 20)
        : base(networks.Create(), evidenceCount: 1)
    {
        dimensionality = new LocalIntrinsicDimensionality(Network.FeatureCount, references, neighbors);
        register_module(nameof(dimensionality), dimensionality);
    }

    /// <summary>R, training images whose features are kept.</summary>
    public int References => dimensionality.ReferenceCount;

    /// <summary>k, the nearest of them that count.</summary>
    public int Neighbors => dimensionality.Neighbors;

    /// <summary>What the regression sees, float32 [N, 1]: the logarithm of the estimate.</summary>
    public override Tensor Evidence(Tensor images)
    {
        using var scope = NewDisposeScope();
        return dimensionality.call(Network.features(images)).log().unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Takes the references from the images.</summary>
    /// <inheritdoc/>
    protected override void FitEvidence(ILabeledImages seen, Device device, CancellationToken cancellation)
    {
        if (seen.Count < References)
            throw new ArgumentException(
                $"The detector keeps {References} references and is fitted to {seen.Count} images: give it more "
                + "training images, or fewer references.",
                nameof(seen));
        var (references, unused) = seen.SplitStratified(References);
        using (unused)
        using (references)
            dimensionality.Fit(InBatches(references, device, Network.features, cancellation));
    }
}
