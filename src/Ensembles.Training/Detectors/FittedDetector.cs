using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A detector that computes evidence from images and weighs it with a logistic regression fitted to attacks on its own
/// network. The score is the regression's logit: above 0 it takes the image for adversarial. A defense is a subclass
/// that says what the evidence is.
/// </summary>
/// <remarks>
/// The score is differentiable in the images where the evidence is, and an attack that lowers it together with the
/// classifiers' margins goes around the detector (Carlini and Wagner 2017 [5]): the regression was fitted to attacks
/// that do not know it.
/// </remarks>
public abstract class FittedDetector : Detector, ITrainable
{
    /// <summary>Held-out images the regression is fitted to: enough for stable figures, and quick.</summary>
    const int MostFittedImages = 1000;

    /// <summary>Images passed at once while fitting.</summary>
    const int FittingBatch = 64;

    readonly EvidenceHead regression;

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="network">The network that the evidence comes from; it belongs to the detector from now on.</param>
    /// <param name="evidenceCount">F, the number of figures that are evidence.</param>
    protected FittedDetector(FeatureNetwork network, int evidenceCount) : base(nameof(FittedDetector))
    {
        (Network, regression) = (network, new EvidenceHead(evidenceCount));
        register_module("network", network);
        register_module(nameof(regression), regression);
    }

    /// <summary>
    /// The size in Linf of the attacks the regression is fitted to, positive; 0.3 is usual for MNIST. Set it to the
    /// threat you defend against.
    /// </summary>
    public double Epsilon { get; set; } = 0.3;

    /// <summary>The network that the evidence comes from.</summary>
    protected FeatureNetwork Network { get; }

    /// <summary>Epochs the network trains for, over those of the options.</summary>
    protected virtual int EpochFactor => 1;

    /// <summary>What the regression sees of images [N, C, H, W], float32 [N, F].</summary>
    public abstract Tensor Evidence(Tensor images);

    /// <summary>
    /// Fits what the evidence itself depends on, such as densities, to images the network was trained on. In evaluation
    /// mode, without gradients.
    /// </summary>
    /// <param name="seen">The images, on the device they were given on, or read when they are asked for.</param>
    /// <param name="device">The detector's device.</param>
    /// <param name="cancellation">Stops the training.</param>
    protected virtual void FitEvidence(ILabeledImages seen, Device device, CancellationToken cancellation)
    {
    }

    /// <inheritdoc/>
    public override string GetName() => GetType().Name;

    /// <summary>
    /// Trains the network on four fifths of the images, then fits the evidence to them, and the regression to the
    /// others, which neither has seen: positives are FGSM and PGD examples, negatives are the clean images and the
    /// images with noise of the same mean L2. Only images the network gets right take part, of at most a thousand that
    /// are held in memory. Behind a front all of it happens on what the front makes of the images.
    /// </summary>
    /// <inheritdoc/>
    public void Train(ILabeledImages training, TrainingOptions options)
    {
        if (options.Front is { } front)
        {
            using var behind = new ImagesBehindFront(training, front);
            Train(behind, options with { Front = null });
            return;
        }

        Network.ThrowIfOtherClasses(training);
        if (!(Epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(Epsilon), Epsilon, "Epsilon is positive.");

        using var shuffled = training.Shuffle(options.Seed);
        var (seen, heldOut) = shuffled.SplitStratified(training.Count * 4 / 5);
        using (seen)
        using (heldOut)
        {
            var trainer = new Trainer(this, options with { Epochs = EpochFactor * options.Epochs })
            {
                Validated = Network,
                Finish = () => Fit(seen, heldOut, options.Cancellation),
            };
            trainer.Train(seen, batch =>
            {
                var logits = Network.call(batch.Images);
                return new BatchLoss(functional.cross_entropy(logits, batch.Labels), logits);
            });
        }
    }

    /// <summary>Scores, float32 [N], the logits of the regression.</summary>
    /// <exception cref="InvalidOperationException">The detector is not trained, or not in evaluation mode.</exception>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        if (!regression.IsFitted)
            throw new InvalidOperationException(
                "The detector has no scores yet: train it, or load the checkpoint of a trained one.");
        return regression.call(Evidence(images)).MoveToOuterDisposeScope();
    }

    /// <summary>What a function makes of images, which are read a few at a time.</summary>
    /// <param name="images">The images.</param>
    /// <param name="device">Where the function takes them.</param>
    /// <param name="function">Some of the images to a tensor with a row for each.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    protected static Tensor InBatches(
        ILabeledImages images, Device device, Func<Tensor, Tensor> function, CancellationToken cancellation)
    {
        return cat([.. Enumerable.Range(0, images.Count).Select(i => (long)i).Chunk(FittingBatch).Select(OfSome)]);

        Tensor OfSome(long[] places)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var some = images.Select(places);
            return function(some.Images.to(device)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>What a function makes of images, a few at a time.</summary>
    /// <param name="images">Images [N, ...].</param>
    /// <param name="function">Some of the images to a tensor with a row for each.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    protected static Tensor InBatches(Tensor images, Func<Tensor, Tensor> function, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return cat([.. images.split(FittingBatch).Select(function)]);
    }

    /// <summary>
    /// Does nothing: a subclass registers what its evidence is fitted to with <c>register_module</c> or
    /// <c>register_buffer</c>.
    /// </summary>
    protected sealed override void RegisterComponents()
    {
    }

    void Fit(ILabeledImages seen, ILabeledImages heldOut, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var device = regression.Device;
        FitEvidence(seen, device, cancellation);
        var (some, rest) = heldOut.SplitStratified(Math.Min(heldOut.Count, MostFittedImages));
        using (some)
        using (rest)
        using (var points = some.Select([.. Enumerable.Range(0, some.Count).Select(i => (long)i)]))
        {
            var (images, labels) = (points.Images.to(device), points.Labels.to(device));
            var right = InBatches(images, Network.call, cancellation).argmax(1).eq(labels);
            if (!right.any().item<bool>())
                throw new InvalidOperationException(
                    "The detector's network gets none of the held-out training images right, so there is nothing to "
                    + "fit: train it for longer or on more images.");
            (images, labels) = (images[right], labels[right]);

            var adversarial =
                FittingExamples.Adversarial(Network, images, labels, Epsilon, FittingBatch, cancellation);
            var noisy = FittingExamples.Noisy(images, adversarial);
            Tensor[] all = [images, noisy, adversarial];
            var evidence = cat([.. all.Select(some => InBatches(some, Evidence, cancellation))]);
            regression.Fit(evidence, arange(evidence.size(0), device: device).ge(2 * images.size(0)));
        }
    }
}
