using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// A network that is trained on edge images and sees nothing else (the toy example of Smith 2019); see
/// <see cref="EdgeTransform"/>.
/// </summary>
[Defense(
    Category.NonRobustFeatures,
    Source = "Smith 2019",
    UnderAttack = "Falls to attacks through a smooth surrogate of its threshold (BPDA).")]
[Claims<NonRobustFeatureRemoval>]
public sealed class EdgeClassifier(INetworkFactory networks) : NetworkClassifier(networks)
{
    /// <summary>The transform in front of the network.</summary>
    public override EdgeTransform Transform { get; } = new(threshold: 0.2);
}
