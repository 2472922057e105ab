using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The decision changes slowly with the image: the median of |grad_x m| / m over the images that both networks get
/// right, where m is the margin and |.| Euclidean; smaller is better.
/// </summary>
/// <remarks>
/// Divided by the margin, since scaling the logits scales the gradient and changes no decision; 1 / ratio is the
/// distance to the decision boundary to first order, in units of pixel values. An image whose gradient is zero counts
/// as infinitely sensitive: a masked gradient must not pass for a small one. Source: Jacobian regularisation
/// (Jakubovitz and Giryes 2018 [17]).
/// </remarks>
public sealed class SmallInputJacobian : IStrength
{
    /// <inheritdoc/>
    public static string Name => "small input Jacobian";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories =>
        [Category.NonRobustFeatures, Category.FeatureSeparation, Category.Certification];

    /// <inheritdoc/>
    /// <remarks>
    /// Holds where the ratio is at most three quarters of the twin's, between trainings of one network it varies by a
    /// sixth, and the defense still classifies.
    /// </remarks>
    /// <exception cref="ArgumentException">A module that is no classifier, or no images.</exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        using var measurement = new Measurement(defense, twin, images);
        var right = Decisions.Right(defense, images.Images, images);
        var twinRight = Decisions.Right(twin, images.Images, images);
        var both = right & twinRight;

        var (own, other) = (MedianRatio(defense, images, both), MedianRatio(twin, images, both));
        var classifies = Decisions.StillClassifies(
            Decisions.Share(right), Decisions.Share(twinRight), images.ClassCount);
        return new ClaimMeasurement(
            "input-gradient norm of the margin over the margin, median, per unit of pixel value",
            own,
            other,
            classifies && own <= 0.75 * other)
        {
            Required = 0.75 * other,
        };
    }

    static double MedianRatio(Module<Tensor, Tensor> classifier, LabeledImages images, Tensor chosen)
    {
        using var scope = NewDisposeScope();
        var margins = Margins.Lead(Decisions.Logits(classifier, images.Images, images), images.Labels);
        var lengths = Rows.Lengths(LeadGradients.Of(classifier, images.Images, images.Labels));
        var ratios = (lengths / margins).masked_fill(lengths.eq(0), float.PositiveInfinity)[chosen];
        return ratios.size(0) == 0 ? double.NaN : ratios.median().item<float>();
    }
}
