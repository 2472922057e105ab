using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// Triplet loss under attack (Mao et al. 2019 [21]): adversarial training that also brings the features of a perturbed
/// image nearer to those of a clean image of its class than to those of the other class they resemble most. See
/// <see cref="TripletLoss"/>.
/// </summary>
/// <remarks>
/// It holds as adversarial training does, and a little above. The source goes on from a network that is adversarially
/// trained already.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="epsilon">
/// The radius of the perturbation in Linf, in pixel values in [0, 1]; positive. Set it to the threat you defend
/// against.
/// </param>
/// <param name="weight">The weight of the triplet loss beside cross-entropy; 0 or more.</param>
/// <param name="pool">Batches that negatives are sought in; 1 or more, 10 in the source for CIFAR-10.</param>
[Defense(
    Category.FeatureSeparation, Category.NonRobustFeatures,
    Source = "Mao et al. 2019 [21]",
    UnderAttack = "Holds under AutoAttack, a few points above adversarial training alone in its source.")]
[Claims<InterClassSeparation>, Claims<WorstCaseMarginalization>]
public sealed class TripletAdversarialClassifier(
    INetworkFactory networks, double epsilon = 0.3, double weight = 0.5, int pool = 1) : NetworkClassifier(networks)
{
    /// <summary>L = CE + w Lt, of perturbed images.</summary>
    public override TrainingLoss Loss { get; } = new CrossEntropy() + weight * new TripletLoss(pool: pool);

    /// <summary>Projected gradient descent, with a radius that grows over the first half of the run.</summary>
    public override Perturbation? Perturbation { get; init; } = new PgdPerturbation(epsilon) { WarmUp = 0.5 };
}
