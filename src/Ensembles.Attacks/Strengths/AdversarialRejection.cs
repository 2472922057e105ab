using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Adversarial images stand out: the area under the ROC curve of the detector's score between images that fool the twin
/// and, as negatives, clean images and images with random noise of the same size; larger is better.
/// </summary>
/// <remarks>
/// Noise is among the negatives since a detector of any disturbance is not a detector of attacks (Feinman et al. 2017
/// [9]). The adversarial images are iterated ten steps at twice the epsilon that halves the twin's accuracy in one
/// step, so the twin is sure of them. The twin's own score is its doubt, 1 - max_k p_k, the detector everyone has for
/// free. The attacker here does not know the detector; one who does is for the evaluation of robust accuracy (Carlini
/// and Wagner 2017 [5]).
/// </remarks>
public sealed class AdversarialRejection : IStrength
{
    /// <summary>Half way from guessing to perfect.</summary>
    const double Useful = 0.75;

    const int Steps = 10;

    /// <inheritdoc/>
    public static string Name => "adversarial rejection";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories => [Category.Detection];

    /// <inheritdoc/>
    /// <remarks>Holds where the area is at least 0.75 and above that of the twin's doubt.</remarks>
    /// <exception cref="ArgumentException">
    /// A defense that is no <see cref="Detector"/>, no images, or a twin that gets none right.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        if (defense is not Detector)
            throw new ArgumentException(
                $"Adversarial rejection is measured on a {nameof(Detector)}; {defense.GetType().Name} is none.",
                nameof(defense));

        using var measurement = new Measurement(defense, twin, images);
        var directions = HalvingRadius.Descents(twin, images.Images, images.Labels);
        var epsilon = Math.Min(2 * HalvingRadius.Of(twin, images, directions), HalvingRadius.Largest);
        using var ball = HalvingRadius.Linf(epsilon);
        var adversarial = Iterate(twin, images, ball);
        var fooled = Decisions.Right(
            twin, images.Images, images) & Decisions.Right(twin, adversarial, images).logical_not();

        // Only images with an adversarial version, so that negatives and positives differ by the perturbation alone.
        var (positives, clean) = (adversarial[fooled], images.Images[fooled]);
        var signs = rand(clean.shape, generator: measurement.Noise).to(clean.device).sub(0.5).sign();
        var negatives = cat([clean, ball.Step(clean, signs, epsilon, clean)]);

        var own = RocCurve.Area(defense, positives, negatives);
        using var doubt = new Doubt(twin);
        var other = RocCurve.Area(doubt, positives, negatives);
        var size = FormattableString.Invariant($"Linf {epsilon:0.###}");
        var quantity = $"ROC AUC of the score, images adversarial for the twin ({size}) against clean and noisy ones";
        return new ClaimMeasurement(quantity, own, other, own >= Useful && own > other)
        {
            Required = Math.Max(Useful, other),
        };
    }

    /// <summary>
    /// Ten steps of epsilon / 4 down the margin (BIM [18]). Unlike an attack they go on where an image is broken, and
    /// leave the network sure of the wrong label.
    /// </summary>
    internal static Tensor Iterate(Module<Tensor, Tensor> classifier, LabeledImages images, Ball ball)
    {
        using var scope = NewDisposeScope();
        var adversarial = images.Images.alias();
        for (var step = 0; step < Steps; step++)
        {
            var directions = HalvingRadius.Descents(classifier, adversarial, images.Labels);
            adversarial = ball.Step(adversarial, directions, ball.Epsilon / 4, images.Images);
        }
        return adversarial.MoveToOuterDisposeScope();
    }

    /// <summary>How unsure a classifier is, 1 - max_k p_k, [N].</summary>
    sealed class Doubt(Module<Tensor, Tensor> classifier) : Module<Tensor, Tensor>(nameof(Doubt))
    {
        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            return (1 - classifier.call(images).softmax(-1).amax([-1])).MoveToOuterDisposeScope();
        }
    }
}
