using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// A detector that is itself trained to tell images from attacks on its network. A defense is a subclass that says what
/// is trained and how.
/// </summary>
/// <remarks>
/// The sources attack a finished network once and train the detector on what they found. Here both are trained in one
/// run, and every batch is attacked anew, on the network of the moment; from the detector the network learns nothing.
/// Beside the clean images, images with noise as long as the attacks have to pass, so that what is detected is attacks
/// and not any disturbance.
/// </remarks>
public abstract class DiscriminatorDetector : NetworkDetector
{
    /// <summary>Makes an untrained detector.</summary>
    /// <param name="network">The network that is attacked; it belongs to the detector from now on.</param>
    protected DiscriminatorDetector(FeatureNetwork network) : base(network)
    {
    }

    /// <summary>
    /// The size in Linf of the attacks it is trained on, positive; 0.3 is usual for MNIST. Set it to the threat you
    /// defend against.
    /// </summary>
    public double Epsilon { get; set; } = 0.3;

    /// <summary>The loss of what is trained to tell images from attacks.</summary>
    /// <param name="images">
    /// [3 N, C, H, W]: clean images, the same with noise, and attacks on the same, in this order.
    /// </param>
    /// <param name="labels">The true classes, int64 [3 N].</param>
    /// <param name="attacked">Which are attacks, bool [3 N].</param>
    protected abstract Tensor DiscriminationLoss(Tensor images, Tensor labels, Tensor attacked);

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        if (!(Epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(Epsilon), Epsilon, "Epsilon is positive.");
    }

    /// <inheritdoc/>
    protected sealed override BatchLoss LossOf(TrainingBatch batch)
    {
        var (clean, count) = (batch.Images, batch.Images.size(0));
        Tensor images;
        using (ModuleMode.Keep(Network))
        using (no_grad())
        {
            Network.eval();
            var adversarial =
                FittingExamples.Adversarial(Network, clean, batch.Labels, Epsilon, (int)count, default);
            images = cat([clean, FittingExamples.Noisy(clean, adversarial), adversarial]);
        }

        var (loss, logits) = base.LossOf(batch);
        var attacked = arange(3 * count, device: clean.device).ge(2 * count);
        return new BatchLoss(loss + DiscriminationLoss(images, batch.Labels.repeat(3), attacked), logits);
    }
}
