using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// Contrastive-center loss (Qi and Su 2017 [27]): beside classifying them right, training draws features to the center
/// of their class in proportion to their distance from the others'. See <see cref="ContrastiveCenterLoss"/>.
/// </summary>
/// <remarks>
/// Its source shows gains on clean images, and none under attack.
/// </remarks>
[Defense(
    Category.FeatureSeparation,
    Source = "Qi and Su 2017 [27]",
    UnderAttack = "Never shown under attack by its source; falls to PGD without a perturbation in training.")]
[Claims<InterClassSeparation>]
public sealed class ContrastiveCenterClassifier(INetworkFactory networks) : NetworkClassifier(networks)
{
    /// <summary>L = CE + Lcc.</summary>
    public override TrainingLoss Loss { get; } = new CrossEntropy() + 1 * new ContrastiveCenterLoss();
}
