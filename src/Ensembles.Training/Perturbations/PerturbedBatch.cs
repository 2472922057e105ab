using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>The images that a perturbation changes, and the classifier that it changes them against.</summary>
/// <param name="Classifier">Images [N, C, H, W] to logits [N, K].</param>
/// <param name="Images">Float32 [N, C, H, W] in [0, 1].</param>
/// <param name="Labels">Int64 [N].</param>
/// <param name="Step">Where the training stands, with a seed for what is drawn.</param>
public sealed record PerturbedBatch(Module<Tensor, Tensor> Classifier, Tensor Images, Tensor Labels, TrainingStep Step)
{
    /// <summary>
    /// What a loss sees of other images in the place of these; null for a classifier without features.
    /// </summary>
    public Func<Tensor, LossContext>? Evaluate { get; init; }

    /// <summary>Answers in the classifier's place in evaluation mode; null for none.</summary>
    internal AttackPlans? Plans { get; init; }

    /// <summary>
    /// The gradient [N, C, H, W], at images in the place of these, of a loss; null for cross-entropy, summed over the
    /// images. Parameters receive none.
    /// </summary>
    /// <exception cref="InvalidOperationException">A loss, and a classifier without features.</exception>
    public Tensor Gradient(Tensor images, TrainingLoss? loss = null)
    {
        if (loss is null)
            return InputGradient.Of(
                Logits, images, z => functional.cross_entropy(z, Labels, reduction: Reduction.Sum));
        if (Evaluate is not { } evaluate)
            throw new InvalidOperationException("The loss needs features, and the classifier shows none.");
        return InputGradient.Of(x => loss.Of(evaluate(x)), images, value => value);
    }

    /// <summary>
    /// The same batch, where a loss that compares with the clean images sees their outputs as they are now, computed
    /// once and without a gradient.
    /// </summary>
    internal PerturbedBatch WithCleanHeld()
    {
        if (Evaluate is not { } evaluate)
            return this;
        using var noGradient = no_grad();
        var clean = evaluate(Images);
        return this with { Evaluate = images => evaluate(images).WithClean(() => clean) };
    }

    /// <summary>The classifier's logits [N, K].</summary>
    Tensor Logits(Tensor images) => Plans is { } plans && !Classifier.training
        ? plans.Call(Classifier, images)
        : Classifier.call(images);
}
