using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// A regulariser of the average margin, our variant after Wu and Yu 2019 [37]: beside classifying them right, training
/// carries features, or images, away from the decision between their class and the next. See
/// <see cref="AverageMarginLoss"/>.
/// </summary>
/// <remarks>
/// Among the features, how far an image must move for a margin stays free; among the images the margin is a first-order
/// estimate of that, which a network can bend.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="weight">The weight of the average margin beside cross-entropy; 0 or more.</param>
/// <param name="space">Where the margin is measured.</param>
[Defense(
    Category.FeatureSeparation,
    Source = "after Wu and Yu 2019 [37], our variant",
    UnderAttack = "Our variant falls to PGD without a perturbation in training.")]
[Claims<InterClassSeparation>]
public sealed class AverageMarginClassifier(
    INetworkFactory networks, double weight = 0.1, MarginSpace space = MarginSpace.Features)
    : NetworkClassifier(networks)
{
    /// <summary>L = CE - w mean min(margin, enough).</summary>
    public override TrainingLoss Loss { get; } = new CrossEntropy() + weight * new AverageMarginLoss(space: space);
}
