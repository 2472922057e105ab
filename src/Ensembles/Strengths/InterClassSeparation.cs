using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The classes lie far apart in feature space: s = min_{j != k} |c_j - c_k| / sqrt(mean_i |h_i - mean h|^2), larger is
/// better.
/// </summary>
/// <remarks>
/// Scale-free, and bounded for K equally frequent classes by sqrt(2 K / (K - 1)), which is reached where every image
/// lies on its center and the centers form a simplex (max-Mahalanobis centers, Pang et al. 2020 [25]).
/// </remarks>
public sealed class InterClassSeparation : IStrength
{
    /// <inheritdoc/>
    public static string Name => "inter-class separation";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories => [Category.FeatureSeparation];

    /// <inheritdoc/>
    /// <remarks>
    /// Holds where s is at least 4/3 of the twin's; between trainings of one network it varies by a fifth.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// A module that is no <see cref="IFeatureExtractor"/>, or too few images.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        using var measurement = new Measurement(defense, twin, images);
        var own = Separation(ClassGeometry.Of(defense, images, nameof(defense)));
        var other = Separation(ClassGeometry.Of(twin, images, nameof(twin)));
        return new ClaimMeasurement(
            "smallest distance between class centers over the spread of the features",
            own,
            other,
            3 * own >= 4 * other)
        {
            Required = 4 * other / 3,
        };
    }

    static double Separation(ClassGeometry geometry) => geometry.CenterDistance / geometry.Spread;
}
