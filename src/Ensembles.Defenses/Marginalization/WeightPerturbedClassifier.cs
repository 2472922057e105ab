using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// Adversarial training under adversarial weight perturbation (Wu et al. 2020): images and then weights move against
/// the training before each step, so that the minimum it ends in is flat and the robust accuracy holds on new images.
/// </summary>
/// <remarks>
/// Any other classifier does so too, with its own loss and perturbation: set its
/// <see cref="NetworkClassifier.WeightPerturbation"/>.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="epsilon">The radius in Linf, in pixel values in [0, 1]: that of the threat you defend against.</param>
/// <param name="gamma">How far a layer's weights move, in shares of their norm.</param>
/// <param name="steps">Steps for each batch.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Wu et al. 2020",
    UnderAttack = "Holds against white-box attacks in the norm it is trained for.")]
[Claims<WorstCaseMarginalization>]
public sealed class WeightPerturbedClassifier(
    INetworkFactory networks, double epsilon = 0.3, double gamma = 5e-3, int steps = 10) : NetworkClassifier(networks)
{
    /// <summary>Steps at a radius that grows over the first half of the run.</summary>
    public override Perturbation? Perturbation { get; init; } = new PgdPerturbation(epsilon, steps) { WarmUp = 0.5 };

    /// <inheritdoc/>
    public override WeightPerturbation? WeightPerturbation { get; init; } = new(gamma);
}
