using Ensembles;
using Ensembles.Defenses;
using Ensembles.Training;

namespace Strong;

/// <summary>
/// A network that sees images in black and white and is trained on images perturbed against itself: where a pixel is
/// further from a half than the radius, no perturbation reaches the network.
/// </summary>
/// <param name="networks">Makes the network.</param>
/// <param name="epsilon">The radius of training in Linf.</param>
[Defense(Category.NonRobustFeatures)]
[Claims<NonRobustFeatureRemoval>]
[Claims<WorstCaseMarginalization>]
public sealed class CoarseClassifier(INetworkFactory networks, double epsilon) : NetworkClassifier(networks)
{
    /// <inheritdoc/>
    public override BitDepthTransform Transform { get; } = new(1);

    /// <inheritdoc/>
    public override Perturbation? Perturbation { get; init; } = new PgdPerturbation(epsilon, steps: 10)
    {
        WarmUp = 0.5,
    };
}
