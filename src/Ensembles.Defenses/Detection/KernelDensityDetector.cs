using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// The density half of Feinman et al. 2017 [9], as Carlini and Wagner 2017 [5] study it alone: an image is suspicious
/// when its features lie where the training images of the class it is given to have none; see
/// <see cref="KernelDensity"/>.
/// </summary>
[Defense(
    Category.Detection,
    Source = "Feinman et al. 2017 [9]",
    UnderAttack = "Falls to attacks that raise the density of the wrong class beside changing to it.")]
[Claims<AdversarialRejection>]
public sealed class KernelDensityDetector : FittedDetector
{
    /// <summary>Reference features a class: enough for stable figures, and quick.</summary>
    const int ReferencesPerClass = 100;

    readonly KernelDensity density;

    /// <summary>Makes an untrained detector with a network of its own.</summary>
    public KernelDensityDetector(INetworkFactory networks) : base(networks.Create(), evidenceCount: 1)
    {
        density = new KernelDensity(Network.ClassCount, Network.FeatureCount, ReferencesPerClass);
        register_module(nameof(density), density);
    }

    /// <summary>b, the density's bandwidth, in units of the features; 1.2 is the source's for MNIST.</summary>
    public double Bandwidth
    {
        get => density.Bandwidth;
        set => density.Bandwidth = value;
    }

    /// <summary>What the regression sees, float32 [N, 1]: the log density under the predicted class.</summary>
    public override Tensor Evidence(Tensor images)
    {
        using var scope = NewDisposeScope();
        var h = Network.features(images);
        return density.call(h, Network.head(h).argmax(1)).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Takes the density's references from the images.</summary>
    /// <inheritdoc/>
    protected override void FitEvidence(ILabeledImages seen, Device device, CancellationToken cancellation)
    {
        var (references, unused) =
            seen.SplitStratified(Math.Min(seen.Count, Network.ClassCount * ReferencesPerClass));
        using (unused)
        using (references)
            density.Fit(
                InBatches(references, device, Network.features, cancellation), references.Labels.to(device));
    }
}
