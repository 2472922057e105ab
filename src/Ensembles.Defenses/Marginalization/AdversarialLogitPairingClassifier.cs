using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// Adversarial logit pairing (Kannan et al. 2018): training on clean and perturbed images that also asks for the same
/// logits on both.
/// </summary>
/// <remarks>
/// Engstrom et al. 2018 [8] broke it: it roughens the loss around the images, so that a few steps get stuck where many
/// steps from many starts do not. Never judge it by the attack it is trained with.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="epsilon">The radius in Linf, in pixel values in [0, 1].</param>
/// <param name="lambda">The weight of the pairing; 0 or more.</param>
/// <param name="steps">Steps for each batch.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Kannan et al. 2018, Engstrom et al. 2018 [8]",
    UnderAttack = "Falls to PGD with many steps on ImageNet; on small images, further with every step and start.")]
[Claims<WorstCaseMarginalization>]
public sealed class AdversarialLogitPairingClassifier(
    INetworkFactory networks, double epsilon = 0.3, double lambda = 0.5, int steps = 10) : NetworkClassifier(networks)
{
    /// <summary>L = (CE(x) + CE(x')) / 2 + lambda ||z(x) - z(x')||^2.</summary>
    public override TrainingLoss Loss { get; } =
        0.5 * new CrossEntropy().OnClean() + 0.5 * new CrossEntropy() + lambda * new LogitPairing();

    /// <summary>Steps at a radius that grows over the first half of the run.</summary>
    public override Perturbation? Perturbation { get; init; } = new PgdPerturbation(epsilon, steps) { WarmUp = 0.5 };
}
