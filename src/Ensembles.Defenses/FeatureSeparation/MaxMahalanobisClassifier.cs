using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// Max-Mahalanobis center loss (Pang et al. 2020 [25]): classes are drawn to fixed centers that lie as far apart as can
/// be. See <see cref="MaxMahalanobisLoss"/>.
/// </summary>
/// <remarks>
/// Alone it falls to an attack on the margin of its distances, as the undefended network does. With a perturbation it
/// is adversarial training.
/// </remarks>
[Defense(
    Category.FeatureSeparation,
    Source = "Pang et al. 2020 [25]",
    UnderAttack = "Falls to attacks on the margin of its distances without a perturbation in training.")]
[Claims<InterClassSeparation>]
public sealed class MaxMahalanobisClassifier(INetworkFactory networks) : NetworkClassifier(networks)
{
    /// <summary>Half the mean squared distance to the own center.</summary>
    public override TrainingLoss Loss { get; } = new MaxMahalanobisLoss();
}
