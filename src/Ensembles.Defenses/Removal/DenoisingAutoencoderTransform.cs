using Ensembles.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// A convolutional network g that was trained to take noise out of images, min |g(x + n) - x|^2 (the reformer of Meng
/// and Chen 2017).
/// </summary>
/// <remarks>
/// Three layers of 3x3 filters, the last followed by a sigmoid, as the source's. With the network behind it, it is one
/// larger network with a gradient of its own.
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Meng and Chen 2017",
    UnderAttack = "Falls to PGD through it.")]
[Claims<NonRobustFeatureRemoval>]
public sealed partial class DenoisingAutoencoderTransform : InputTransform, ITrainable
{
    readonly Conv2d encoder;
    readonly Conv2d code;
    readonly Conv2d decoder;

    /// <summary>Makes an untrained transform.</summary>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="width">Channels inside.</param>
    /// <param name="noise">The standard deviation of the noise in training, 0 or more; 0.1 is the source's.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one channel, or negative noise.</exception>
    public DenoisingAutoencoderTransform(int channels = 1, int width = 16, double noise = 0.1)
        : base(nameof(DenoisingAutoencoderTransform))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (noise is not (>= 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(noise), noise, "The noise is 0 or more, and finite.");
        (Channels, Width, Noise) = (channels, width, noise);
        encoder = Conv2d(channels, width, 3, padding: 1);
        code = Conv2d(width, width, 3, padding: 1);
        decoder = Conv2d(width, channels, 3, padding: 1);
        RegisterComponents();
    }

    /// <summary>Channels of the images.</summary>
    public int Channels { get; }

    /// <summary>Channels inside.</summary>
    public int Width { get; }

    /// <summary>The standard deviation of the noise in training.</summary>
    public double Noise { get; }

    /// <summary>g(x), images [N, C, H, W] in [0, 1].</summary>
    public override Tensor forward(Tensor images)
    {
        ImageTraining.ThrowIfOtherChannels(images, Channels);
        using var scope = NewDisposeScope();
        var coded = functional.relu(code.call(functional.relu(encoder.call(images))));
        return decoder.call(coded).sigmoid().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Train(ILabeledImages training, TrainingOptions options) =>
        ImageTraining.Train(this, "autoencoder", training, options, ReconstructionLoss);

    /// <summary>mean |g(x + n) - x|^2 of images, for one draw of the noise n.</summary>
    internal Tensor ReconstructionLoss(Tensor clean)
    {
        var noisy = (clean + (Noise * randn_like(clean))).clamp(0, 1);
        return (call(noisy) - clean).square().mean();
    }
}
