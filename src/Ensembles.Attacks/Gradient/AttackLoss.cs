namespace Ensembles.Attacks;

/// <summary>What a gradient attack increases.</summary>
public enum AttackLoss
{
    /// <summary>
    /// Vote, quorum and gates together, with several losses in turn over the restarts. The one to judge a defense by.
    /// </summary>
    Adaptive,

    /// <summary>
    /// The cross-entropy of the vote's scores, blind to gates: the textbook attack, to compare with other libraries. In float32 its
    /// gradient is exactly zero on images the classifier is sure of, so it overestimates robustness.
    /// </summary>
    CrossEntropy,

    /// <summary>The margin of the vote's scores, max_{k != y} s_k - s_y (Carlini and Wagner [6]), blind to gates.</summary>
    Margin,
}
