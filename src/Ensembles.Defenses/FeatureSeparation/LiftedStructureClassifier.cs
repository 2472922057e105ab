using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// Lifted structured loss (Oh Song et al. 2016 [24]): beside classifying them right, training brings every two images
/// of a class nearer together than to all images of other classes. See <see cref="LiftedStructureLoss"/>.
/// </summary>
/// <remarks>
/// Its source is about retrieving images, and shows nothing under attack.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="weight">The weight of the loss beside cross-entropy; 0 or more.</param>
[Defense(
    Category.FeatureSeparation,
    Source = "Oh Song et al. 2016 [24]",
    UnderAttack = "Never shown under attack by its source; falls to PGD without a perturbation in training.")]
[Claims<InterClassSeparation>]
public sealed class LiftedStructureClassifier(INetworkFactory networks, double weight = 0.1)
    : NetworkClassifier(networks)
{
    /// <summary>L = CE + w Llifted.</summary>
    public override TrainingLoss Loss { get; } = new CrossEntropy() + weight * new LiftedStructureLoss();

    /// <inheritdoc/>
    /// <remarks>
    /// Where the options name no sampling, batches hold four images of each of eight classes, or of all where there are
    /// fewer.
    /// </remarks>
    public override void Train(ILabeledImages training, TrainingOptions options) => base.Train(training, options with
    {
        Sampling = options.Sampling ?? new ClassSampling(Math.Min(8, training.ClassCount), ImagesPerClass: 4),
    });
}
