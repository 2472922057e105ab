using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Ensemble adversarial training (Tramer et al. 2017 [34]): half of every batch's loss is on images perturbed by one gradient step
/// on a network drawn anew for each batch, the one being trained or one of several trained before. Perturbations that come
/// from elsewhere cannot be dodged by hiding the own gradient, as adversarial training with one's own single steps teaches.
/// </summary>
/// <remarks>Its strength is against transferred attacks. An iterative attack on the network itself remains its weak side.</remarks>
[Defense(Category.NonRobustFeatures)]
[Claims<WorstCaseMarginalization>]
public sealed class EnsembleAdversarialClassifier : Classifier, IFeatureExtractor, ILayered, ITrainable
{
    readonly INetworkFactory networks;
    readonly FeatureNetwork network;

    /// <summary>Makes an untrained classifier.</summary>
    public EnsembleAdversarialClassifier(INetworkFactory networks) : base(nameof(EnsembleAdversarialClassifier))
    {
        this.networks = networks;
        network = networks.Create();
        RegisterComponents();
    }

    /// <summary>The size of the perturbation in Linf, in pixel values in [0, 1]; 0.3 is the source's for MNIST. Set it to the threat you defend against.</summary>
    public double Epsilon { get; set; } = 0.3;

    /// <summary>
    /// The share of epsilon spent on a random step before the gradient step (R+FGSM), in [0, 1); the source's 0.05 of 0.3.
    /// 0 is FGSM.
    /// </summary>
    public double RandomShare { get; set; } = 1.0 / 6;

    /// <summary>How many static networks <see cref="Train(LabeledImages, TrainingOptions)"/> trains first; 0 leaves adversarial training on own single steps [12].</summary>
    public int StaticSources { get; set; } = 2;

    /// <inheritdoc/>
    /// <remarks>
    /// The static sources have the same architecture and seeds of their own and keep their checkpoints beside that of the run. They train for its
    /// epochs, and the network for twice as many: half of what it sees is harder than what a plain network sees.
    /// </remarks>
    public void Train(LabeledImages training, TrainingOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(StaticSources);
        network.ThrowIfOtherClasses(training);
        var sources = new List<FeatureNetwork>();
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

    /// <summary>Trains against static sources of your own, for example of other architectures. They are left as they are.</summary>
    /// <param name="training">Clean training images with their labels.</param>
    /// <param name="options">Seed, length, progress, cancellation, checkpoint. The network trains for exactly its epochs.</param>
    /// <param name="staticSources">Trained networks, images to logits [N, K], in evaluation mode.</param>
    public void Train(LabeledImages training, TrainingOptions options, IReadOnlyList<Module<Tensor, Tensor>> staticSources)
    {
        network.ThrowIfOtherClasses(training);
        if (!(Epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(Epsilon), Epsilon, "Epsilon is positive.");
        if (RandomShare is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(RandomShare), RandomShare, "The random share of epsilon lies in [0, 1).");

        var recipe = FormattableString.Invariant($"{nameof(EnsembleAdversarialClassifier)} epsilon {Epsilon} random share {RandomShare:R} sources {staticSources.Count}");
        TrainingLoop.Run(this, training, options, recipe, (images, labels) =>
        {
            var drawn = randint(staticSources.Count + 1, 1).item<long>();
            var source = drawn < staticSources.Count ? staticSources[(int)drawn] : network;
            var adversarial = Perturb(source, images, Epsilon, RandomShare);

            // L = (CE(x) + CE(x')) / 2
            var clean = network.call(images);
            var loss = (functional.cross_entropy(clean, labels) + functional.cross_entropy(network.call(adversarial), labels)) / 2;
            return new BatchLoss(loss, clean);
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

    /// <inheritdoc/>
    public override Tensor forward(Tensor images) => network.call(images);

    /// <inheritdoc/>
    public Tensor features(Tensor images) => network.features(images);

    /// <summary>
    /// R+FGSM: r = a sign(n) with n normal, then x' = x + r + (epsilon - a) sign of the gradient of CE at x + r, for the label
    /// that the source itself predicts, so that the perturbation cannot leak the true one. In [0, 1], within epsilon of the images.
    /// </summary>
    /// <param name="source">Images to logits; no gradient of its parameters is taken.</param>
    /// <param name="images">Images [N, C, H, W] in [0, 1].</param>
    /// <param name="epsilon">The size of the perturbation in Linf.</param>
    /// <param name="randomShare">a / epsilon.</param>
    public static Tensor Perturb(Module<Tensor, Tensor> source, Tensor images, double epsilon, double randomShare)
    {
        using var scope = NewDisposeScope();
        var start = images.detach();
        if (randomShare > 0)
            start = (start + (randn_like(start).sign() * (epsilon * randomShare))).clamp(0, 1);
        var sign = InputGradient.Of(source, start, OfPredicted).sign();
        return (start + (sign * (epsilon * (1 - randomShare)))).clamp(0, 1).MoveToOuterDisposeScope();
    }

    static Tensor OfPredicted(Tensor logits) =>
        functional.cross_entropy(logits, logits.argmax(1), reduction: Reduction.Sum);

    FeatureNetwork TrainSource(int number, LabeledImages training, TrainingOptions options)
    {
        var seed = TrainingOptions.SeedOf(options.Seed, -number);
        random.manual_seed(seed);
        var source = networks.Create();
        TrainingLoop.RunCrossEntropy(source, training, options with
        {
            Seed = seed,
            CheckpointPath = options.CheckpointPath is null ? null : $"{options.CheckpointPath}.source{number}",
        }, FormattableString.Invariant($"static source {number}"), stage: $"source {number} of {StaticSources}");
        return source;
    }
}
