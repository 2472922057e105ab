using Ensembles;
using Ensembles.Defenses;

namespace NewEnsemble;

/// <summary>Two strengths of two categories. Add members, and the compiler says what each of them brings.</summary>
[Ensemble<MeanProbability>]
public partial class Pair
{
    /// <summary>Sees edges only.</summary>
    [Member] public partial EdgeClassifier Edges { get; }

    /// <summary>Trained to keep each class compact in feature space.</summary>
    [Member] public partial CenterLossClassifier Compact { get; }
}
