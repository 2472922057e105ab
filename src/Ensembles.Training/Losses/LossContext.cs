using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>What a loss sees of a batch.</summary>
/// <param name="Images">What the classifier was shown, perturbed where there is a perturbation: [N, C, H, W].</param>
/// <param name="Features">Penultimate features of these images, float32 [N, D].</param>
/// <param name="Logits">Logits of these images, float32 [N, K].</param>
/// <param name="Labels">Int64 [N].</param>
public sealed record LossContext(Tensor Images, Tensor Features, Tensor Logits, Tensor Labels)
{
    readonly Tensor? features = Features;
    readonly Lazy<LossContext>? clean;

    /// <summary>Penultimate features of these images, float32 [N, D].</summary>
    /// <exception cref="InvalidOperationException">
    /// The loss says that it is of logits alone (<see cref="TrainingLoss.IsOfLogits"/>), and nobody computed features.
    /// </exception>
    public Tensor Features
    {
        get => features ?? throw new InvalidOperationException(
            $"There are only logits here: a loss that needs features leaves {nameof(TrainingLoss.IsOfLogits)} false.");
        init => features = value;
    }

    /// <summary>The outputs of the layers that <see cref="TrainingLoss.Taps"/> names.</summary>
    public IReadOnlyDictionary<string, Tensor> Taps { get; init; } = new Dictionary<string, Tensor>();

    /// <summary>
    /// What maps <see cref="Images"/> to <see cref="Logits"/>, with what stands before the network, for losses that
    /// follow its layers; null where nobody says.
    /// </summary>
    public Module<Tensor, Tensor>? Classifier { get; init; }

    /// <summary>Where the training stands; default outside a training.</summary>
    public TrainingStep Step { get; init; }

    /// <summary>The training images that the batch was taken from; null where nobody says what they are.</summary>
    public FurtherImages? Further { get; init; }

    /// <summary>
    /// The same for the images before the perturbation, passed through the network when first asked for; this itself
    /// where there is no perturbation.
    /// </summary>
    public LossContext Clean => clean?.Value ?? this;

    /// <summary>Whether <see cref="Clean"/> is there without another pass through the network.</summary>
    internal bool HasClean => clean is null or { IsValueCreated: true };

    /// <summary>What a loss of logits alone sees.</summary>
    internal static LossContext OfLogits(Tensor images, Tensor logits, Tensor labels) =>
        new(images, null!, logits, labels);

    /// <summary>
    /// The same context with clean images that are passed through the network when a loss asks for them.
    /// </summary>
    public LossContext WithClean(Func<LossContext> evaluate) => new(this, evaluate);

    LossContext(LossContext perturbed, Func<LossContext> evaluate) : this(perturbed) => clean = new(evaluate);
}
