using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The defense errs on other images than the twin: the correlation phi between "the defense is wrong" and "the twin is wrong" on
/// images perturbed to fool the twin; smaller is better, 1 for the twin with itself.
/// </summary>
/// <remarks>
/// One step crafted on the twin, at the epsilon that takes half of its right images, so that both kinds of outcome occur. A
/// network that guesses is uncorrelated too, so the defense must still classify clean images. Why it matters: members that fail
/// together add nothing to a vote; ensembles trained for it: ADP (Pang et al. 2019), GAL (Kariyappa and Qureshi 2019), DVERGE (Yang et al. 2020).
/// </remarks>
public sealed class DecorrelatedFailure : IStrength
{
    /// <summary>At most a quarter of the variance of the defense's errors is the twin's.</summary>
    const double LargestCorrelation = 0.5;

    /// <inheritdoc/>
    public static string Name => "decorrelated failure";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories => [Category.FeatureSeparation, Category.NonRobustFeatures, Category.GradientMasking, Category.Certification];

    /// <inheritdoc/>
    /// <remarks>Does not hold where phi is undefined because one network is right, or wrong, on every perturbed image and the defense is not right on all.</remarks>
    /// <exception cref="ArgumentException">A module that is no classifier or in training mode, no images, or a twin that gets none right.</exception>
    public static Witness Measure(Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        using var measurement = new Measurement(defense, twin, images);
        var directions = SignSteps.Directions(twin, images.Images, images.Labels);
        var epsilon = SignSteps.HalvingEpsilon(twin, images, directions);
        var adversarial = SignSteps.Step(images.Images, directions, epsilon);

        var wrong = Decisions.Right(defense, adversarial, images).logical_not();
        var twinWrong = Decisions.Right(twin, adversarial, images).logical_not();
        var (own, other) = (Phi(wrong, twinWrong), Phi(twinWrong, twinWrong));

        var accuracy = Decisions.Share(Decisions.Right(defense, images.Images, images));
        var twinAccuracy = Decisions.Share(Decisions.Right(twin, images.Images, images));
        var classifies = Decisions.StillClassifies(accuracy, twinAccuracy, images.ClassCount);
        var quantity = FormattableString.Invariant($"correlation phi of errors with the twin's, images adversarial for the twin (Linf {epsilon:0.###})");
        return new Witness(quantity, own, other, classifies && own <= LargestCorrelation);
    }

    /// <summary>Pearson's correlation of two flags; 0 where <paramref name="a"/> is never true and <paramref name="b"/> sometimes is; NaN where it is undefined otherwise.</summary>
    internal static double Phi(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var (pa, pb, both) = (Decisions.Share(a), Decisions.Share(b), Decisions.Share(a & b));
        if (pa == 0 && pb > 0)
            return 0;
        return (both - pa * pb) / Math.Sqrt(pa * (1 - pa) * pb * (1 - pb));
    }
}
