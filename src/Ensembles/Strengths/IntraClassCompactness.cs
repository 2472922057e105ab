using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Images of a class lie close together in feature space: the compactness ratio
/// q = mean_i |h_i - c_{y_i}| / min_{j != k} |c_j - c_k|, smaller is better.
/// </summary>
/// <remarks>
/// A ratio, because shrinking all features also shrinks the distances to the class centers and is worth nothing. c_k
/// are the mean features of the images measured on. Source: the aim of center loss (Wen et al. 2016 [36]) and of
/// Smith's category 1.
/// </remarks>
public sealed class IntraClassCompactness : IStrength
{
    /// <inheritdoc/>
    public static string Name => "intra-class compactness";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories => [Category.FeatureSeparation];

    /// <inheritdoc/>
    /// <remarks>
    /// Holds where q is at most 0.6 of the twin's; between trainings of one network it varies by up to a third.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// A module that is no <see cref="IFeatureExtractor"/>, or too few images.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        using var measurement = new Measurement(defense, twin, images);
        var own = Ratio(ClassGeometry.Of(defense, images, nameof(defense)));
        var other = Ratio(ClassGeometry.Of(twin, images, nameof(twin)));
        return new ClaimMeasurement(
            "compactness ratio q: mean distance to the class center over the smallest distance between centers",
            own,
            other,
            own <= 0.6 * other)
        {
            Required = 0.6 * other,
        };
    }

    static double Ratio(ClassGeometry geometry) => geometry.WithinDistance / geometry.CenterDistance;
}
