using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Lee et al. 2018: an image is suspicious when its features lie far from every class, in units of the spread that the
/// features of training images have around their class means; see <see cref="ClassGaussians"/>. On the penultimate
/// features alone, without the source's sum over layers.
/// </summary>
[Defense(
    Category.Detection,
    Source = "Lee et al. 2018",
    UnderAttack = "Falls to attacks that lower its distance beside changing the class.")]
[Claims<AdversarialRejection>]
public sealed class MahalanobisDetector : FittedDetector
{
    readonly ClassGaussians classes;

    /// <summary>Makes an untrained detector with a network of its own.</summary>
    public MahalanobisDetector(INetworkFactory networks) : base(networks.Create(), evidenceCount: 1)
    {
        classes = new ClassGaussians(Network.ClassCount, Network.FeatureCount);
        register_module(nameof(classes), classes);
    }

    /// <summary>
    /// What the regression sees, float32 [N, 1]: the logarithm of the distance to the nearest class. Attacked images
    /// lie further away, by orders of magnitude.
    /// </summary>
    public override Tensor Evidence(Tensor images)
    {
        using var scope = NewDisposeScope();
        return classes.call(Network.features(images)).clamp_min(1e-6).log().unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Takes class means and covariance from the images.</summary>
    /// <inheritdoc/>
    protected override void FitEvidence(ILabeledImages seen, Device device, CancellationToken cancellation) =>
        classes.Fit(InBatches(seen, device, Network.features, cancellation), seen.Labels.to(device));
}
