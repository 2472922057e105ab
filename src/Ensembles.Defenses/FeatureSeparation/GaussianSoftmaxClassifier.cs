using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// G-softmax (Luo et al. 2019 [19]): logits raised by a learned Gaussian share each. See
/// <see cref="GaussianSoftmaxLoss"/>.
/// </summary>
/// <remarks>
/// Its source shows gains on clean images, and none under attack.
/// </remarks>
[Defense(
    Category.FeatureSeparation,
    Source = "Luo et al. 2019 [19]",
    UnderAttack = "Never shown under attack by its source; falls to PGD without a perturbation in training.")]
[Claims<IntraClassCompactness>]
public sealed class GaussianSoftmaxClassifier(INetworkFactory networks) : NetworkClassifier(networks)
{
    /// <summary>Cross-entropy of the raised logits.</summary>
    public override TrainingLoss Loss { get; } = new GaussianSoftmaxLoss();
}
