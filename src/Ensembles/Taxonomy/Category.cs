namespace Ensembles;

/// <summary>
/// How a defense works, after L. N. Smith, "A Useful Taxonomy for Adversarial Robustness of Neural Networks" (2019).
/// </summary>
/// <remarks>
/// Defenses of one category fail together; the paper's claim is that an ensemble gains from members of different
/// categories, whose strengths are orthogonal.
/// </remarks>
public enum Category
{
    /// <summary>
    /// Smith's category 1: classes are kept compact and far apart in feature space (center loss [36], PCL [22]).
    /// </summary>
    FeatureSeparation,

    /// <summary>
    /// Smith's category 2: non-robust features are removed before the network or marginalised in training (edge images,
    /// adversarial training [12, 20, 34], input transformations [13]).
    /// </summary>
    NonRobustFeatures,

    /// <summary>
    /// The gradient is hidden, shattered or randomised (stochastic activation pruning [7]). Falls to BPDA and EOT [1].
    /// </summary>
    GradientMasking,

    /// <summary>
    /// Adversarial images are recognised and refused (Feinman's detector [9]). Falls to a joint loss [5].
    /// </summary>
    Detection,

    /// <summary>A proof bounds the damage (interval bounds, randomised smoothing).</summary>
    Certification,

    /// <summary>
    /// No defense of its own: a network that is a member of an ensemble for its accuracy. It has no strength, and
    /// counts for nothing where an ensemble's categories are compared.
    /// </summary>
    Undefended,
}
