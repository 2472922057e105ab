using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// A detector that computes evidence from images and weighs it with a logistic regression fitted to attacks on its own
/// network. The score is the regression's logit: above 0 it takes the image for adversarial. A defense is a subclass
/// that says what the evidence is.
/// </summary>
/// <remarks>
/// <para>The regression is fitted to attacks that do not know it, and an attack that does lowers its logit too.</para>
/// <para>Evidence may come in several stages, each with a regression of its own: the image is taken for adversarial
/// where one stage takes it for that, and the score is the largest logit.</para>
/// </remarks>
public abstract class FittedDetector : NetworkDetector
{
    /// <summary>Held-out images the regression is fitted to: enough for stable figures, and quick.</summary>
    const int MostFittedImages = 1000;

    readonly IReadOnlyList<int> stages;
    readonly EvidenceHead[] regressions;

    /// <summary>Makes an untrained detector of one stage.</summary>
    /// <param name="network">The network that the evidence comes from; it belongs to the detector from now on.</param>
    /// <param name="evidenceCount">F, the number of figures that are evidence.</param>
    protected FittedDetector(FeatureNetwork network, int evidenceCount) : this(network, [evidenceCount])
    {
    }

    /// <summary>Makes an untrained detector of several stages.</summary>
    /// <param name="network">The network that the evidence comes from; it belongs to the detector from now on.</param>
    /// <param name="stages">How many figures each stage has; F is their sum.</param>
    protected FittedDetector(FeatureNetwork network, IReadOnlyList<int> stages) : base(network)
    {
        (this.stages, regressions) = (stages, [.. stages.Select(count => new EvidenceHead(count))]);
        for (var i = 0; i < regressions.Length; i++)
            register_module(i == 0 ? "regression" : $"regression{i}", regressions[i]);
    }

    /// <summary>
    /// The size in Linf of the attacks the regression is fitted to, positive; 0.3 is usual for MNIST. Set it to the
    /// threat you defend against.
    /// </summary>
    public double Epsilon { get; set; } = 0.3;

    /// <inheritdoc/>
    protected sealed override bool HoldsOut => true;

    /// <summary>
    /// What the regressions see of images [N, C, H, W], float32 [N, F]: that of the first stage first.
    /// </summary>
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
    protected override Tensor Score(Tensor images)
    {
        var evidence = Evidence(images).split([.. stages.Select(count => (long)count)], 1);
        var logits = regressions.Zip(evidence, (regression, seen) => regression.call(seen)).ToArray();
        return logits.Length == 1 ? logits[0] : stack(logits).amax([0]);
    }

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        if (!(Epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(Epsilon), Epsilon, "Epsilon is positive.");
    }

    /// <summary>
    /// Fits the evidence to the four fifths of the images that the network was trained on, and the regressions to the
    /// others, which neither has seen: positives are FGSM and PGD examples, negatives are the clean images and the
    /// images with noise of the same mean L2. Only images the network gets right take part, of at most a thousand that
    /// are held in memory.
    /// </summary>
    /// <inheritdoc/>
    protected sealed override void Fit(
        ILabeledImages seen, ILabeledImages heldOut, Device device, CancellationToken cancellation)
    {
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
            var positive = arange(evidence.size(0), device: device).ge(2 * images.size(0));
            foreach (var (regression, part) in regressions.Zip(evidence.split([.. stages.Select(n => (long)n)], 1)))
                regression.Fit(part, positive);
        }
    }
}
