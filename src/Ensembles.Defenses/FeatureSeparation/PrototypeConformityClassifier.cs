using Ensembles.Training;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Prototype conformity (Mustafa et al. 2019 [22]): beside classifying them right, training pulls the features of a
/// class towards its center at several depths of the network, and pushes them away from the other classes' centers. See
/// <see cref="PrototypeProximityLoss"/> and <see cref="PrototypeContrastLoss"/>.
/// </summary>
/// <remarks>
/// Without a perturbation in training the gradient of cross-entropy is masked, and next to nothing is left under
/// AutoAttack.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="layers">
/// Layers to tap beside the penultimate features; null for the last but one that the network names.
/// </param>
/// <param name="proximity">The weight of the proximity beside cross-entropy; 0 or more.</param>
/// <param name="contrast">The weight of the contrast; 0 or more.</param>
[Defense(
    Category.FeatureSeparation,
    Source = "Mustafa et al. 2019 [22]",
    UnderAttack = "Falls to AutoAttack without a perturbation in training: its gradient is masked.")]
[Claims<IntraClassCompactness>]
public sealed class PrototypeConformityClassifier(
    INetworkFactory networks, IReadOnlyList<string>? layers = null, double proximity = 1, double contrast = 1e-4)
    : NetworkClassifier(networks)
{
    /// <summary>L = CE + p Lpc + c Lcon, summed over the layers.</summary>
    public override TrainingLoss Loss { get; } =
        new CrossEntropy() + proximity * new PrototypeProximityLoss(layers)
        + contrast * new PrototypeContrastLoss(layers);

    /// <inheritdoc/>
    /// <remarks>
    /// As in the source the network is first trained with cross-entropy alone, on clean images and for as many epochs:
    /// from the beginning the pull towards the centers is stronger than what tells classes apart. That stage keeps a
    /// checkpoint of its own beside that of the run.
    /// </remarks>
    public override void Train(ILabeledImages training, TrainingOptions options)
    {
        new Trainer(this, options with
        {
            CheckpointPath = options.CheckpointPath is { } path ? $"{path}.start" : null,
        })
        {
            Stage = "start",
        }
        .Train(training, batch =>
        {
            var logits = call(batch.Images);
            return new BatchLoss(functional.cross_entropy(logits, batch.Labels), logits);
        });
        base.Train(training, options);
    }
}
