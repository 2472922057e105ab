using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// MART, misclassification-aware adversarial training (Wang et al. 2020): adversarial training that also lowers the
/// likeliest wrong class, and asks for steady predictions the more the less certain an image is.
/// </summary>
/// <param name="networks">Makes the network.</param>
/// <param name="epsilon">The radius in Linf, in pixel values in [0, 1]: that of the threat you defend against.</param>
/// <param name="lambda">The weight of the divergence; 6 is the source's for CIFAR-10.</param>
/// <param name="steps">Steps for each batch; the source uses 10 for CIFAR-10.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Wang et al. 2020",
    UnderAttack = "Holds against white-box attacks in the norm it is trained for.")]
[Claims<WorstCaseMarginalization>]
public sealed class MartClassifier(
    INetworkFactory networks, double epsilon = 0.3, double lambda = 6, int steps = 10) : NetworkClassifier(networks)
{
    /// <summary>L = BCE(x') + lambda KL(p(x) || p(x')) (1 - p_y(x)).</summary>
    public override TrainingLoss Loss { get; } = new BoostedCrossEntropy() + lambda * new MisclassifiedDivergence();

    /// <summary>Steps that raise cross-entropy, at a radius that grows over the first half of the run.</summary>
    public override Perturbation? Perturbation { get; init; } = new PgdPerturbation(epsilon, steps) { WarmUp = 0.5 };
}
