using Ensembles;
using Ensembles.Defenses;
using Ensembles.Training;

namespace Serving;

/// <summary>
/// Sees edges only. The threshold lies between two magnitudes that images of bytes can have, whole multiples of 1/1530.
/// At 0.2, which is such a multiple, rounding would decide, and it rounds otherwise in a batch than for one image: an
/// answer would depend on who else is asking.
/// </summary>
[Defense(Category.NonRobustFeatures)]
[Claims<NonRobustFeatureRemoval>]
public sealed class ByteEdgeClassifier(INetworkFactory networks) : NetworkClassifier(networks)
{
    public override EdgeTransform Transform { get; } = new(threshold: 306.5 / 1530);
}
