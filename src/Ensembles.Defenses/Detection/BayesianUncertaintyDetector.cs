using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Feinman et al. 2017 [9]: an image is suspicious when a dropout network disagrees with itself about it (Bayesian uncertainty U),
/// or when its features lie where the training images of the class it is given to have none (kernel density). A logistic
/// regression weighs the two. The score is its logit.
/// </summary>
/// <remarks>
/// <para>U(x) = mean_t p_t.p_t - pbar.pbar over T draws of the dropout masks, in [0, 1 - 1/K]. The density is that of <see cref="KernelDensity"/>
/// for the class the network without dropout predicts.</para>
/// <para>The score is differentiable in the images, and an attack that lowers it together with the classifiers' margins
/// goes around the detector (Carlini and Wagner 2017 [5]): the regression was fitted to attacks that do not know it.</para>
/// </remarks>
[Defense(Category.Detection)]
[Claims<AdversarialRejection>]
public sealed class BayesianUncertaintyDetector : Detector, IRandomized, ITrainable
{
    const double DropoutProbability = 0.5;

    /// <summary>Reference features a class, and held-out images the regression is fitted to: both enough for stable figures, and quick.</summary>
    const int ReferencesPerClass = 100;
    const int MostFittedImages = 1000;

    /// <summary>Images passed at once while fitting.</summary>
    const int FittingBatch = 64;

    readonly FeatureNetwork network;
    readonly KernelDensity density;
    readonly MonteCarloDropout dropout;
    readonly Tensor mean = zeros(2).DetachFromDisposeScope();
    readonly Tensor deviation = ones(2).DetachFromDisposeScope();
    readonly Tensor weights = full(2, float.NaN).DetachFromDisposeScope();
    readonly Tensor bias = full(1, float.NaN).DetachFromDisposeScope();

    /// <summary>Makes an untrained detector with a dropout network of its own.</summary>
    /// <exception cref="ArgumentException">The factory's network has no <c>nn.Dropout</c> modules.</exception>
    public BayesianUncertaintyDetector(INetworkFactory networks) : base(nameof(BayesianUncertaintyDetector))
    {
        network = networks.Create(DropoutProbability);
        density = new KernelDensity(network.ClassCount, network.FeatureCount, ReferencesPerClass);
        dropout = new MonteCarloDropout(network, DropoutProbability);
        register_buffer(nameof(mean), mean);
        register_buffer(nameof(deviation), deviation);
        register_buffer(nameof(weights), weights);
        register_buffer(nameof(bias), bias);
        RegisterComponents();
    }

    /// <summary>T, draws of the dropout masks a score is made from; 2 or more. The source uses 50; the cost grows with it.</summary>
    public int DropoutDraws { get; set; } = 20;

    /// <summary>b, the density's bandwidth, in units of the features; 1.2 is the source's for MNIST.</summary>
    public double Bandwidth
    {
        get => density.Bandwidth;
        set => density.Bandwidth = value;
    }

    /// <summary>The size in Linf of the attacks the regression is fitted to; 0.3 is the source's for MNIST. Set it to the threat you defend against.</summary>
    public double Epsilon { get; set; } = 0.3;

    /// <inheritdoc/>
    /// <remarks>One: a score averages over <see cref="DropoutDraws"/> draws already.</remarks>
    public int EotSamples => 1;

    /// <summary>
    /// Trains the network on four fifths of the images, takes the density's references from them, and fits the regression on
    /// the others, which neither has seen: positives are FGSM and PGD examples, negatives are the clean images and the images with noise
    /// of the same mean L2; only images the network gets right take part. The network trains for twice the epochs of the run, since
    /// half of its units are silent in every batch.
    /// </summary>
    /// <inheritdoc/>
    public void Train(LabeledImages training, TrainingOptions options)
    {
        network.ThrowIfOtherClasses(training);
        if (!(Epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(Epsilon), Epsilon, "Epsilon is positive.");

        using var shuffled = training.Shuffle(options.Seed);
        var (seen, heldOut) = shuffled.SplitStratified(training.Count * 4 / 5);
        using (seen)
        using (heldOut)
        {
            var recipe = FormattableString.Invariant($"{nameof(BayesianUncertaintyDetector)} draws {DropoutDraws} bandwidth {Bandwidth} epsilon {Epsilon}");
            TrainingLoop.Run(this, seen, options with { Epochs = 2 * options.Epochs }, recipe, Loss, finish: () => Fit(seen, heldOut, options.Cancellation));
        }

        BatchLoss Loss(Tensor images, Tensor labels)
        {
            var logits = network.call(images);
            return new BatchLoss(functional.cross_entropy(logits, labels), logits);
        }
    }

    /// <summary>Scores, float32 [N]: w.(evidence - mean) / deviation + b. Above 0 the regression takes the image for adversarial.</summary>
    /// <exception cref="InvalidOperationException">The detector is not trained, or not in evaluation mode.</exception>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        if (weights[0].isnan().item<bool>())
            throw new InvalidOperationException("The detector has no scores yet: train it, or load the checkpoint of a trained one.");
        return ((Evidence(images) - mean) / deviation).matmul(weights).add(bias).MoveToOuterDisposeScope();
    }

    /// <summary>What the regression sees, float32 [N, 2]: the log density under the predicted class, and the uncertainty U.</summary>
    /// <exception cref="InvalidOperationException">The detector is not in evaluation mode.</exception>
    public Tensor Evidence(Tensor images)
    {
        if (training)
            throw new InvalidOperationException("The detector is in training mode, where dropout acts on the density too: call eval() first.");
        using var scope = NewDisposeScope();
        var count = images.size(0);
        var (features, logits) = dropout.Passes(images, DropoutDraws);
        var predicted = logits.narrow(0, 0, count).argmax(1);
        var logDensity = density.call(features.narrow(0, 0, count), predicted);
        var drawn = logits.narrow(0, count, DropoutDraws * count).softmax(1).view(DropoutDraws, count, -1);
        return stack([logDensity, Uncertainty(drawn)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// U = mean_t p_t.p_t - pbar.pbar, float32 [N], of probabilities [T, N, K]: the trace of their covariance over the draws. Computed
    /// as mean_t |p_t - pbar|^2, the same without cancellation.
    /// </summary>
    public static Tensor Uncertainty(Tensor probabilities)
    {
        using var scope = NewDisposeScope();
        return (probabilities - probabilities.mean([0], keepdim: true)).pow(2).sum(-1).mean([0]).MoveToOuterDisposeScope();
    }

    void Fit(LabeledImages seen, LabeledImages heldOut, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var device = mean.device;
        var (references, unused) = seen.SplitStratified(Math.Min(seen.Count, network.ClassCount * ReferencesPerClass));
        var (points, rest) = heldOut.SplitStratified(Math.Min(heldOut.Count, MostFittedImages));
        unused.Dispose();
        rest.Dispose();
        using (references)
        using (points)
        {
            density.Fit(InBatches(references.Images.to(device), network.features), references.Labels.to(device));
            var (images, labels) = (points.Images.to(device), points.Labels.to(device));
            var right = InBatches(images, network.call).argmax(1).eq(labels);
            if (!right.any().item<bool>())
                throw new InvalidOperationException("The detector's network gets none of the held-out training images right, so there is nothing to fit: train it for longer or on more images.");
            (images, labels) = (images[right], labels[right]);

            var adversarial = FittingExamples.Adversarial(network, images, labels, Epsilon, FittingBatch, cancellation);
            var noisy = FittingExamples.Noisy(images, adversarial);
            var evidence = cat([InBatches(images, Evidence), InBatches(noisy, Evidence), InBatches(adversarial, Evidence)]);
            var positive = arange(evidence.size(0), device: device).ge(2 * images.size(0));

            mean.copy_(evidence.mean([0]));
            deviation.copy_(evidence.std(0).clamp_min(1e-6));
            var (w, b) = LogisticRegression.Fit((evidence - mean) / deviation, positive);
            weights.copy_(w);
            bias.copy_(b);
        }

        Tensor InBatches(Tensor all, Func<Tensor, Tensor> function)
        {
            cancellation.ThrowIfCancellationRequested();
            return cat([.. all.split(FittingBatch).Select(function)]);
        }
    }
}
