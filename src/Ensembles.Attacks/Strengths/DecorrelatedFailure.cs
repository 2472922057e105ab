using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The defense errs on other images than the twin: how far the errors of one lie inside the errors of the other on
/// images perturbed to fool the twin, (P(both wrong) - p q) / (min(p, q) - p q) with error rates p and q; smaller is
/// better, 1 where one network errs only where the other does, 0 for independent errors.
/// </summary>
/// <remarks>
/// It is the correlation phi of the errors over the largest that the error rates allow (Loevinger's H). Phi itself
/// falls when the defense errs more rarely, so that a second training of the twin, on whose perturbations it errs less,
/// would look decorrelated. One step crafted on the twin, at the epsilon that takes half of its right images, so that
/// both kinds of outcome occur. A network that guesses is independent too, so the defense must still classify clean
/// images. Why it matters: members that fail together add nothing to a vote; ensembles trained for it: ADP (Pang et al.
/// 2019), GAL (Kariyappa and Qureshi 2019), DVERGE (Yang et al. 2020).
/// </remarks>
public sealed class DecorrelatedFailure : IStrength
{
    /// <inheritdoc/>
    public static string Name => "decorrelated failure";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories =>
        [Category.FeatureSeparation, Category.NonRobustFeatures, Category.GradientMasking, Category.Certification];

    /// <inheritdoc/>
    /// <remarks>
    /// Holds up to 1/2, and not where it is undefined because a network is wrong on every perturbed image.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// A module that is no classifier, no images, or a twin that gets none right.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        using var measurement = new Measurement(defense, twin, images);
        var directions = HalvingRadius.Descents(twin, images.Images, images.Labels);
        var epsilon = HalvingRadius.Of(twin, images, directions);
        using var ball = HalvingRadius.Linf(epsilon);
        var adversarial = ball.Step(images.Images, directions, epsilon, images.Images);

        var wrong = Decisions.Right(defense, adversarial, images).logical_not();
        var twinWrong = Decisions.Right(twin, adversarial, images).logical_not();
        var (own, other) = (Overlap(wrong, twinWrong), Overlap(twinWrong, twinWrong));

        var accuracy = Decisions.Share(Decisions.Right(defense, images.Images, images));
        var twinAccuracy = Decisions.Share(Decisions.Right(twin, images.Images, images));
        var classifies = Decisions.StillClassifies(accuracy, twinAccuracy, images.ClassCount);
        var quantity = FormattableString.Invariant(
            $"overlap of errors with the twin's beyond chance, images adversarial for the twin (Linf {epsilon:0.###})");
        return new ClaimMeasurement(quantity, own, other, classifies && own <= 0.5) { Required = 0.5 };
    }

    /// <summary>
    /// Loevinger's H of two flags [N]; 0 where <paramref name="a"/> is never true, NaN where it is undefined otherwise.
    /// </summary>
    internal static double Overlap(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var (p, q, both) = (Decisions.Share(a), Decisions.Share(b), Decisions.Share(a & b));
        return p == 0 ? 0 : (both - p * q) / (Math.Min(p, q) - p * q);
    }
}
