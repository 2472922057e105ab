using Ensembles.Training;

namespace Ensembles.Defenses;

/// <summary>
/// A network that is trained on edge images and sees nothing else (the toy example of Smith 2019); see
/// <see cref="EdgeTransform"/>.
/// </summary>
[Defense(Category.NonRobustFeatures)]
[Claims<NonRobustFeatureRemoval>]
public sealed class EdgeClassifier(INetworkFactory networks) : NetworkClassifier(networks)
{
    /// <summary>The transform in front of the network.</summary>
    public override EdgeTransform Transform { get; } = new(threshold: 0.2);
}
