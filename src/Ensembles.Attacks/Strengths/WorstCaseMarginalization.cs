using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Training covered the worst small changes of an image: accuracy where every image is perturbed in one step, by the
/// step crafted on the twin and by the step crafted on the network itself, whichever hurts; larger is better.
/// </summary>
/// <remarks>
/// Epsilon is the one that takes half of its right images from the twin. The transferred step alone would flatter every
/// network that is merely another one; the network's own step alone would flatter a masked gradient, so an image whose
/// gradient is zero counts as lost. One step only: what iterated attacks leave is for the evaluation of robust
/// accuracy. Source: adversarial training [12, 20], ensemble adversarial training (Tramèr et al. 2017 [34]).
/// </remarks>
public sealed class WorstCaseMarginalization : IStrength
{
    /// <inheritdoc/>
    public static string Name => "worst-case marginalization";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories =>
        [Category.NonRobustFeatures, Category.FeatureSeparation, Category.Certification];

    /// <inheritdoc/>
    /// <remarks>Holds where the defense keeps at least half of the accuracy that the twin loses.</remarks>
    /// <exception cref="ArgumentException">
    /// A module that is no classifier, no images, or a twin that gets none right.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        using var measurement = new Measurement(defense, twin, images);
        var transferred = HalvingRadius.Descents(twin, images.Images, images.Labels);
        var epsilon = HalvingRadius.Of(twin, images, transferred);
        var directions = HalvingRadius.Descents(defense, images.Images, images.Labels);
        using var ball = HalvingRadius.Linf(epsilon);

        var clean = Decisions.Share(Decisions.Right(twin, images.Images, images));
        var other = Decisions.Share(Survivors(twin, transferred, images, ball));
        var own = Decisions.Share(
            Survivors(defense, transferred, images, ball) & Survivors(defense, directions, images, ball));
        var size = FormattableString.Invariant($"Linf {epsilon:0.###}");
        var quantity = $"accuracy under one-step perturbations, {size}, crafted on the twin and on the network itself";
        return new ClaimMeasurement(quantity, own, other, clean > other && own >= (clean + other) / 2)
        {
            Required = (clean + other) / 2,
        };
    }

    /// <summary>Images that are right clean and perturbed, and that the step did move.</summary>
    static Tensor Survivors(Module<Tensor, Tensor> classifier, Tensor directions, LabeledImages images, Ball ball)
    {
        using var scope = NewDisposeScope();
        var moved = directions.ne(0).flatten(1).any(1);
        var right = Decisions.Right(classifier, images.Images, images);
        var stepped = ball.Step(images.Images, directions, ball.Epsilon, images.Images);
        var stillRight = Decisions.Right(classifier, stepped, images);
        return (moved & right & stillRight).MoveToOuterDisposeScope();
    }
}
