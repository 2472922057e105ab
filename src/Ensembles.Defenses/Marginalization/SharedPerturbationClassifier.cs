using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// The same perturbation across classes, which L. N. Smith (2019) proposes: the images of a batch share perturbations
/// in groups of mixed classes, so that what is added says nothing about the class and the network learns not to look.
/// </summary>
/// <remarks>
/// One group is training on universal perturbations, a group for each image adversarial training
/// (<see cref="SharedPgdPerturbation"/>). The fewer groups, the less it holds against perturbations made for one image.
/// </remarks>
/// <param name="networks">Makes the network.</param>
/// <param name="epsilon">The radius in Linf, in pixel values in [0, 1]: that of the threat you defend against.</param>
/// <param name="groups">Groups of a batch; null for one an image.</param>
/// <param name="steps">Steps for each batch.</param>
[Defense(
    Category.NonRobustFeatures,
    Source = "Smith 2019",
    UnderAttack = "Holds against universal perturbations; with few groups PGD for each image breaks what adversarial "
        + "training keeps.")]
[Claims<WorstCaseMarginalization>]
public sealed class SharedPerturbationClassifier(
    INetworkFactory networks, double epsilon = 0.3, int? groups = 4, int steps = 10) : NetworkClassifier(networks)
{
    /// <summary>Steps on the loss of each group, at a radius that grows over the first half of the run.</summary>
    public override Perturbation? Perturbation { get; init; } =
        new SharedPgdPerturbation(epsilon, groups, steps) { WarmUp = 0.5 };
}
