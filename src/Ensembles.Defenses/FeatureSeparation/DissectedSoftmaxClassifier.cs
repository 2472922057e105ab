using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// D-softmax (He et al. 2019 [14]): classes are directions of the features. See <see cref="DissectedSoftmaxLoss"/>.
/// </summary>
/// <remarks>
/// Its source is about recognising faces, and shows nothing under attack.
/// </remarks>
[Defense(
    Category.FeatureSeparation,
    Source = "He et al. 2019 [14]",
    UnderAttack = "Never shown under attack by its source; falls to PGD without a perturbation in training.")]
[Claims<IntraClassCompactness>]
public sealed class DissectedSoftmaxClassifier(INetworkFactory networks) : NetworkClassifier(networks)
{
    /// <summary>Softmax in two parts.</summary>
    public override TrainingLoss Loss { get; } = new DissectedSoftmaxLoss();
}
