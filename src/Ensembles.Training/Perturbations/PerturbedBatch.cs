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

    /// <summary>
    /// T, what logits are divided by before their cross-entropy is raised: that of the loss in training, see
    /// <see cref="TrainingLoss.TemperatureUnderAttack"/>.
    /// </summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Answers in the classifier's place in evaluation mode; null for none.</summary>
    internal AttackPlans? Plans { get; init; }

    /// <summary>What a loss sees of the clean images; null for another pass of them at each gradient.</summary>
    LossContext? Clean { get; init; }

    /// <summary>
    /// The gradient [N, C, H, W], at images in the place of these, of a loss; null for the cross-entropy of the
    /// logits over the temperature, summed over the images. Parameters receive none.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// A loss of more than logits, and a classifier without features.
    /// </exception>
    public Tensor Gradient(Tensor images, TrainingLoss? loss = null) => loss is null
        ? Gradient(
            images, Classifier, z => functional.cross_entropy(z / Temperature, Labels, reduction: Reduction.Sum))
        : InputGradient.Of(x => loss.Of(Seen(x, loss)), images, value => value);

    /// <summary>
    /// The gradient [N, C, H, W], at images in the place of these, of a function of a network's logits [N, K].
    /// </summary>
    /// <param name="images">The images.</param>
    /// <param name="network">The classifier, or a network that stays as it is while the classifier is trained.</param>
    /// <param name="objective">Logits to a scalar.</param>
    internal Tensor Gradient(Tensor images, Module<Tensor, Tensor> network, Func<Tensor, Tensor> objective) =>
        InputGradient.Of(x => Logits(network, x), images, objective);

    /// <summary>
    /// The same batch, where a loss that compares with the clean images sees their outputs as they are now, computed
    /// once and without a gradient.
    /// </summary>
    internal PerturbedBatch WithCleanHeld(TrainingLoss loss)
    {
        using var noGradient = no_grad();
        return this with { Clean = Seen(Images, loss) };
    }

    /// <summary>What a loss sees of images: of logits alone a plan gives them, else the classifier itself.</summary>
    LossContext Seen(Tensor images, TrainingLoss loss)
    {
        var seen = loss.IsOfLogits
            ? LossContext.OfLogits(images, Logits(Classifier, images), Labels) with { Step = Step }
            : Evaluate is { } evaluate ? evaluate(images)
            : throw new InvalidOperationException("The loss needs features, and the classifier shows none.");
        return Clean is { } clean ? seen.WithClean(() => clean)
            : loss.IsOfLogits && !ReferenceEquals(images, Images) ? seen.WithClean(() => Seen(Images, loss))
            : seen;
    }

    /// <summary>A network's logits [N, K].</summary>
    Tensor Logits(Module<Tensor, Tensor> network, Tensor images) => Plans is { } plans && !network.training
        ? plans.Call(network, images)
        : network.call(images);
}
