using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// A network trained by CROWN-IBP (Zhang et al. 2020), so that interval bounds prove its answers, and certified by
/// bounds: of each image the largest radius in Linf within which no image gets another label.
/// </summary>
/// <remarks>
/// Linear bounds lead the first part of the training, at several times the cost of intervals; see
/// <see cref="CrownIntervalBoundLoss"/>.
/// </remarks>
/// <param name="networks">Makes the network; batch normalisation makes the bounds of training loose.</param>
/// <param name="epsilon">The radius that it is trained for, in pixel values in [0, 1].</param>
/// <param name="kappa">The weight of clean images at the end of the ramp, in [0, 1].</param>
[Defense(
    Category.Certification,
    Source = "Zhang et al. 2020",
    UnderAttack = "No attack gets past a radius that is proven.")]
[Claims<CertifiedRadius>]
public sealed class CrownIntervalBoundClassifier(
    INetworkFactory networks, double epsilon = 0.4, double kappa = 0.5) : NetworkClassifier(networks), ICertified
{
    /// <summary>L = kappa CE(z, y) + (1 - kappa) CE(worst, y).</summary>
    public override TrainingLoss Loss { get; } = new CrownIntervalBoundLoss(epsilon, kappa);

    /// <summary>What proves its radii: what it was trained for, unless another is chosen.</summary>
    [NotPartOfIdentity]
    public BoundCertifier Certifier { get; init; } = new(new IntervalBounds());

    /// <inheritdoc/>
    public Certificate Certify(Tensor images) => Certifier.Certify(this, images);
}
