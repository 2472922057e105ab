using Ensembles;
using Ensembles.Defenses;

namespace Cluster;

/// <summary>Three votes.</summary>
[Ensemble<MeanProbability>]
public partial class Shared
{
    [Member] public partial UndefendedClassifier Plain { get; }
    [Member] public partial CenterLossClassifier Compact { get; }
    [Member] public partial FgsmAdversarialClassifier Hardened { get; }
}
