using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// A regulariser of the average margin, our variant after Wu and Yu 2019 [37]: beside classifying them right, training
/// carries features away from the decision between their class and the next. See <see cref="AverageMarginLoss"/>.
/// </summary>
/// <remarks>
/// The margin is one in the space of features; how far an image must move for it stays free.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="weight">The weight of the average margin beside cross-entropy; 0 or more.</param>
[Defense(
    Category.FeatureSeparation,
    Source = "after Wu and Yu 2019 [37], our variant",
    UnderAttack = "Our variant falls to PGD without a perturbation in training.")]
[Claims<InterClassSeparation>]
public sealed class AverageMarginClassifier(INetworkFactory networks, double weight = 0.1) : NetworkClassifier(networks)
{
    /// <summary>L = CE - w mean min(margin, enough).</summary>
    public override TrainingLoss Loss { get; } = new CrossEntropy() + weight * new AverageMarginLoss();
}
