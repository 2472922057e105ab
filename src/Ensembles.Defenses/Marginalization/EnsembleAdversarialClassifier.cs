using Ensembles.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Ensemble adversarial training (Tramer et al. 2017 [34]): half of every batch's loss is on images perturbed by one
/// gradient step on a network drawn anew for each batch, the one being trained or one of several trained before.
/// Perturbations that come from elsewhere cannot be dodged by hiding the own gradient, as adversarial training with
/// one's own single steps teaches.
/// </summary>
/// <remarks>
/// Its strength is against transferred attacks. An iterative attack on the network itself remains its weak side.
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Tramèr et al. 2017 [34]",
    UnderAttack = "Holds against transferred attacks; iterative attacks on the network itself succeed.")]
[Claims<WorstCaseMarginalization>]
public sealed class EnsembleAdversarialClassifier : NetworkClassifier
{
    readonly INetworkFactory networks;

    /// <summary>Makes an untrained classifier.</summary>
    public EnsembleAdversarialClassifier(INetworkFactory networks) : base(networks) => this.networks = networks;

    /// <summary>
    /// The size of the perturbation in Linf, in pixel values in [0, 1]; 0.3 is the source's for MNIST. Set it to the
    /// threat you defend against.
    /// </summary>
    public double Epsilon { get; set; } = 0.3;

    /// <summary>
    /// The share of epsilon spent on a random step before the gradient step (R+FGSM), in [0, 1); the source's 0.05 of
    /// 0.3. 0 is FGSM.
    /// </summary>
    public double RandomShare { get; set; } = 1.0 / 6;

    /// <summary>
    /// How many static networks <see cref="Train(ILabeledImages, TrainingOptions)"/> trains first; 0 leaves adversarial
    /// training on own single steps [12].
    /// </summary>
    public int StaticSources { get; set; } = 2;

    /// <summary>L = (CE(x) + CE(x')) / 2.</summary>
    public override TrainingLoss Loss { get; } = 0.5 * new CrossEntropy().OnClean() + 0.5 * new CrossEntropy();

    /// <inheritdoc/>
    /// <remarks>
    /// The static sources have the same architecture and seeds of their own and keep their checkpoints beside that of
    /// the run. They train for its epochs, and the network for twice as many: half of what it sees is harder than what
    /// a plain network sees.
    /// </remarks>
    public override void Train(ILabeledImages training, TrainingOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(StaticSources);
        var sources = new List<UndefendedClassifier>();
        try
        {
            for (var i = 1; i <= StaticSources; i++)
                sources.Add(TrainSource(i, training, options));
            Train(training, options with { Epochs = 2 * options.Epochs }, sources);
        }
        finally
        {
            sources.ForEach(s => s.Dispose());
            eval();
        }
    }

    /// <summary>
    /// Trains against static sources of your own, for example of other architectures. They are left as they are.
    /// </summary>
    /// <param name="training">Clean training images with their labels.</param>
    /// <param name="options">Seed, length, progress, checkpoint. The network trains for exactly its epochs.</param>
    /// <param name="staticSources">Trained networks, images to logits [N, K], in evaluation mode.</param>
    public void Train(
        ILabeledImages training, TrainingOptions options, IReadOnlyList<Module<Tensor, Tensor>> staticSources)
    {
        if (!(Epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(Epsilon), Epsilon, "Epsilon is positive.");
        if (RandomShare is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(RandomShare), RandomShare, "The random share of epsilon lies in [0, 1).");
        // Images are perturbed before the front, on sources that stand behind it as the network does.
        Module<Tensor, Tensor>[] sources =
            [.. staticSources.Select(source => options.Front is { } front ? new BehindFront(front, source) : source)];
        Train(training, options, new DrawnSourceStep(Epsilon, RandomShare, sources));
    }

    UndefendedClassifier TrainSource(int number, ILabeledImages training, TrainingOptions options)
    {
        var seed = TrainingOptions.SeedOf(options.Seed, -number);
        random.manual_seed(seed);
        var source = new UndefendedClassifier(networks).to(Device);
        source.Train(training, options with
        {
            Seed = seed,
            CheckpointPath = options.CheckpointPath is { } path ? $"{path}.source{number}" : null,
            Progress = options.Progress is { } whole
                ? new ImmediateProgress<TrainingProgress>(
                    p => whole.Report(p with { Stage = $"source {number} of {StaticSources}" }))
                : null,
        });
        return source;
    }
}
