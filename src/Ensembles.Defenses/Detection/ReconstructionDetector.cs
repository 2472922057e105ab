using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// The detectors of MagNet (Meng and Chen 2017): an image is suspicious when an autoencoder trained on clean images
/// does not give it back, or when the network says something else of what it gives back.
/// </summary>
/// <remarks>
/// <para>There are three: the mean |x - g(x)|, and the Jensen-Shannon divergences between softmax(z(x) / T) and
/// softmax(z(g(x)) / T) for T = 10 and 40. Each is taken in units of its spread over clean images that neither the
/// network nor the autoencoder was trained on, and the score is the largest, so that one threshold serves all.</para>
/// <para>The source's other half, the reformer, is the same autoencoder in front of the members:
/// <see cref="DenoisingAutoencoderTransform"/> as a front.</para>
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Meng and Chen 2017",
    UnderAttack = "Falls to attacks through the autoencoder that lower both kinds of score.")]
[Claims<AdversarialRejection>]
public sealed class ReconstructionDetector : NetworkDetector
{
    static readonly double[] temperatures = [10, 40];

    readonly Tensor mean = zeros(1 + temperatures.Length).DetachFromDisposeScope();
    readonly Tensor deviation = ones(1 + temperatures.Length).DetachFromDisposeScope();

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="networks">Makes the network.</param>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="noise">The standard deviation of the noise in the autoencoder's training, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one channel, or negative noise.</exception>
    public ReconstructionDetector(INetworkFactory networks, int channels = 1, double noise = 0.1)
        : base(networks.Create())
    {
        Autoencoder = new DenoisingAutoencoderTransform(channels, noise: noise);
        register_module("autoencoder", Autoencoder);
        register_buffer(nameof(mean), mean);
        register_buffer(nameof(deviation), deviation);
    }

    /// <summary>g, trained beside the network.</summary>
    public DenoisingAutoencoderTransform Autoencoder { get; }

    /// <summary>A fifth, on which the scores' spread is measured.</summary>
    protected override bool HoldsOut => true;

    /// <summary>
    /// The Jensen-Shannon divergence of distributions [N, K], float32 [N] in [0, log 2]: the mean divergence of both
    /// from their mean.
    /// </summary>
    public static Tensor Divergence(Tensor p, Tensor q)
    {
        using var scope = NewDisposeScope();
        var middle = (p + q) / 2;
        return ((Relative(p) + Relative(q)) / 2).clamp_min(0).MoveToOuterDisposeScope();

        Tensor Relative(Tensor from) =>
            (from * (from.clamp_min(1e-30).log() - middle.clamp_min(1e-30).log())).sum(1);
    }

    /// <inheritdoc/>
    protected override Tensor Score(Tensor images) => ((Evidence(images) - mean) / deviation).amax([1]);

    /// <inheritdoc/>
    protected override BatchLoss LossOf(TrainingBatch batch)
    {
        var (loss, logits) = base.LossOf(batch);
        return new BatchLoss(loss + Autoencoder.ReconstructionLoss(batch.Images), logits);
    }

    /// <summary>Measures the spread of the evidence on the images held out.</summary>
    /// <inheritdoc/>
    protected override void Fit(
        ILabeledImages seen, ILabeledImages heldOut, Device device, CancellationToken cancellation)
    {
        if (heldOut.Count < 2)
            throw new ArgumentException(
                $"A fifth of the training images says how far clean images spread; of {seen.Count + heldOut.Count} "
                + "that is not two. Give more.",
                nameof(heldOut));
        var evidence = InBatches(heldOut, device, Evidence, cancellation);
        mean.copy_(evidence.mean([0]));
        deviation.copy_(evidence.std(0).clamp_min(1e-6));
    }

    /// <summary>The reconstruction error and the divergences, [N, 3].</summary>
    Tensor Evidence(Tensor images)
    {
        var rebuilt = Autoencoder.call(images);
        var (before, after) = (Network.call(images), Network.call(rebuilt));
        Tensor[] all =
        [
            (images - rebuilt).abs().flatten(1).mean([1]),
            .. temperatures.Select(t => Divergence((before / t).softmax(1), (after / t).softmax(1))),
        ];
        return stack(all, 1);
    }
}
