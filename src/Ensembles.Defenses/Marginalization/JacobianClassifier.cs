using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// Jacobian regularisation (Jakubovitz and Giryes 2018 [17]): beside classifying them right, training makes the logits
/// change slowly with the images. See <see cref="JacobianNorm"/>.
/// </summary>
/// <param name="networks">Makes the network.</param>
/// <param name="lambda">The weight of the Jacobian's norm; 0 or more. The source uses 0.1.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Jakubovitz and Giryes 2018 [17]",
    UnderAttack = "Holds more than an undefended network at small radii; falls to PGD at large ones.")]
[Claims<SmallInputJacobian>]
public sealed class JacobianClassifier(INetworkFactory networks, double lambda = 0.1) : NetworkClassifier(networks)
{
    /// <summary>L = CE + lambda ||J||_F of the batch.</summary>
    public override TrainingLoss Loss { get; } = new CrossEntropy() + lambda * new JacobianNorm();
}
