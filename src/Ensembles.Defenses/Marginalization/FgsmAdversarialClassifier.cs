using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// Adversarial training with one step of the gradient's sign (Goodfellow et al. 2014 [12]), from a random start and
/// with a step of 1.25 epsilon: fast adversarial training (Wong et al. 2020), at a tenth of what PGD-10 costs.
/// </summary>
/// <remarks>
/// Without the random start a network may learn to twist its gradient in the place of resisting: it withstands FGSM and
/// falls to PGD (catastrophic overfitting). At large radii that happens with it too, so measure under PGD.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="epsilon">The radius in Linf, in pixel values in [0, 1]: that of the threat you defend against.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Goodfellow et al. 2014 [12], Wong et al. 2020",
    UnderAttack = "Holds against PGD, less than PGD training; falls to it without the random start.")]
[Claims<WorstCaseMarginalization>]
public sealed class FgsmAdversarialClassifier(INetworkFactory networks, double epsilon = 0.3)
    : NetworkClassifier(networks)
{
    /// <summary>One step at a radius that grows over the first half of the run.</summary>
    public override Perturbation? Perturbation { get; init; } = new FgsmPerturbation(epsilon) { WarmUp = 0.5 };
}
