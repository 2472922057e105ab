using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Center loss (Wen et al. 2016 [36]): beside classifying them right, training pulls the features of a class towards
/// one point, so that classes become compact and a perturbation must carry an image further to change its class.
/// </summary>
/// <remarks>
/// It makes classes compact relative to each other, and bounds nothing: a network can lower the loss by shrinking all
/// features, and the sensitivity of the features to the image stays free.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="lambda">The weight of the center loss beside cross-entropy; 0 or more.</param>
/// <param name="alpha">
/// The share of the way a center moves towards its class's features in a batch; in [0, 1].
/// </param>
[Defense(
    Category.FeatureSeparation,
    Source = "Wen et al. 2016 [36]",
    UnderAttack = "Never shown under attack by its source; falls to PGD without a perturbation in training.")]
[Claims<IntraClassCompactness>]
public sealed class CenterLossClassifier(INetworkFactory networks, double lambda = 0.03, double alpha = 0.5)
    : NetworkClassifier(networks)
{
    /// <summary>L = CE + lambda Lc, both averaged over the batch.</summary>
    public override TrainingLoss Loss { get; } = new CrossEntropy() + lambda * new CenterLoss(alpha);

    /// <summary>Centers c_k of the classes, float32 [K, D]. They belong to the loss.</summary>
    public Tensor Centers => modules().OfType<CenterLoss>().Single().Centers;
}
