using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// TRADES (Zhang et al. 2019): accuracy on clean images, and predictions that stay the same inside the ball, beta being
/// the price of one in the other. Perturbations raise the divergence that the loss lowers, not the error.
/// </summary>
/// <param name="networks">Makes the network.</param>
/// <param name="epsilon">The radius in Linf, in pixel values in [0, 1]: that of the threat you defend against.</param>
/// <param name="beta">The weight of the divergence; the source uses 6 for CIFAR-10. 0 is training on clean images.
/// </param>
/// <param name="steps">Steps for each batch; the source uses 10 for CIFAR-10.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Zhang et al. 2019",
    UnderAttack = "Holds against white-box attacks in the norm it is trained for.")]
[Claims<WorstCaseMarginalization>]
public sealed class TradesClassifier(
    INetworkFactory networks, double epsilon = 0.3, double beta = 6, int steps = 10) : NetworkClassifier(networks)
{
    /// <summary>L = CE(x) + beta KL(p(x) || p(x')).</summary>
    public override TrainingLoss Loss { get; } = new CrossEntropy().OnClean() + beta * new CleanDivergence();

    /// <summary>Steps that raise KL(p(x) || p(x')), from Gaussian noise, at a radius that grows over half the run.
    /// </summary>
    public override Perturbation? Perturbation { get; init; } =
        new PgdPerturbation(epsilon, steps) { Raised = new CleanDivergence(), StartDeviation = 0.001, WarmUp = 0.5 };
}
