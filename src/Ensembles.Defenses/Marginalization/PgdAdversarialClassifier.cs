using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// Adversarial training (Madry et al. 2018 [20]): cross-entropy of the images that projected gradient descent makes of
/// a batch, min over the weights of max over the ball. The yardstick of all defenses that are trained.
/// </summary>
/// <remarks>
/// It costs clean accuracy and covers the norm it was trained for. It overfits: keep the best weights by
/// <see cref="TrainingOptions.Validation"/> under an attack.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="epsilon">The radius in Linf, in pixel values in [0, 1]: that of the threat you defend against.</param>
/// <param name="steps">Steps for each batch; the source uses 40 for MNIST and 7 for CIFAR-10.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Madry et al. 2018 [20]",
    UnderAttack = "Holds against white-box attacks in the norm it is trained for.")]
[Claims<WorstCaseMarginalization>]
public sealed class PgdAdversarialClassifier(INetworkFactory networks, double epsilon = 0.3, int steps = 10)
    : NetworkClassifier(networks)
{
    /// <summary>Steps at a radius that grows over the first half of the run.</summary>
    public override Perturbation? Perturbation { get; init; } = new PgdPerturbation(epsilon, steps) { WarmUp = 0.5 };
}
