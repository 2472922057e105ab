using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// Clean logit pairing (Kannan et al. 2018): training on noisy images that asks for the same logits on pairs of them,
/// whatever their classes. No attack takes part in the training.
/// </summary>
/// <remarks>
/// Small logits have small gradients, which a few steps of an attack make little of; nothing has moved away from the
/// decision boundary.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="deviation">The standard deviation of the noise, in pixel values in [0, 1].</param>
/// <param name="lambda">The weight of the pairing; 0 or more.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Kannan et al. 2018, Engstrom et al. 2018 [8]",
    UnderAttack = "Falls to PGD with many steps from many starts.")]
[Claims<SmallInputJacobian>]
public sealed class CleanLogitPairingClassifier(
    INetworkFactory networks, double deviation = 0.5, double lambda = 0.5) : NetworkClassifier(networks)
{
    /// <summary>L = CE(x + n) + lambda ||z(x_i + n_i) - z(x_j + n_j)||^2.</summary>
    public override TrainingLoss Loss { get; } = new CrossEntropy() + lambda * new RandomLogitPairing();

    /// <summary>Gaussian noise.</summary>
    public override Perturbation? Perturbation { get; init; } = new GaussianPerturbation(deviation);
}
