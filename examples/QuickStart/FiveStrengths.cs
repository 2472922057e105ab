using Ensembles;
using Ensembles.Defenses;

namespace QuickStart;

/// <summary>
/// The example ensemble of L. N. Smith, "A Useful Taxonomy for Adversarial Robustness of Neural Networks" (2019): a
/// detector in front, and four classifiers whose strengths differ.
/// </summary>
[Ensemble<MeanProbability>]
public partial class FiveStrengths
{
    /// <summary>Rejects images on which a dropout network is uncertain or whose features are rare [9].</summary>
    [Gate(FalsePositiveRate = 0.05)] public partial BayesianUncertaintyDetector Uncertainty { get; }

    /// <summary>Trained on adversarial images made against other networks [34].</summary>
    [Member] public partial EnsembleAdversarialClassifier Transfer { get; }

    /// <summary>Drops activations at random at test time [7].</summary>
    [Member] public partial StochasticPruningClassifier Pruned { get; }

    /// <summary>Trained to keep each class compact in feature space [36].</summary>
    [Member] public partial CenterLossClassifier Compact { get; }

    /// <summary>Sees edges only.</summary>
    [Member] public partial EdgeClassifier Edges { get; }
}
