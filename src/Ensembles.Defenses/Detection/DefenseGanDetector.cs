using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// An image is suspicious where no image that a generator of clean images makes is near it (Samangouei et al. 2018
/// [29]): the score is the mean squared difference to the nearest found, |G(z*) - x|^2.
/// </summary>
/// <remarks>
/// The search is that of <see cref="DefenseGanTransform"/>. Where z* is a minimum, the score's gradient is that with z*
/// as it is, which attacks follow.
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Samangouei et al. 2018 [29]",
    UnderAttack = "Falls to attacks that lower its score beside changing the class.")]
[Claims<AdversarialRejection>]
public sealed class DefenseGanDetector : Detector, IFittedToImages, IRandomized, ITrainable
{
    readonly FittedImages fitted = new();
    readonly WassersteinGan gan;

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="size">The side of the images in pixels.</param>
    /// <param name="latent">Numbers that an image is made of.</param>
    /// <param name="width">Units of the first layer of the generator.</param>
    /// <param name="restarts">Random starts of the search, 1 or more.</param>
    /// <param name="steps">Steps of the search, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number below 1.</exception>
    public DefenseGanDetector(
        int channels = 1, int size = 28, int latent = 32, int width = 128, int restarts = 10, int steps = 200)
        : base(nameof(DefenseGanDetector))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(restarts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        (Restarts, Steps, gan) = (restarts, steps, new WassersteinGan(channels, size, latent, width));
        RegisterComponents();
    }

    /// <summary>Channels of the images.</summary>
    public int Channels => gan.Channels;

    /// <summary>The side of the images in pixels.</summary>
    public int Size => gan.Size;

    /// <summary>Random starts of the search.</summary>
    public int Restarts { get; }

    /// <summary>Steps of the search.</summary>
    public int Steps { get; }

    /// <summary>The length of the search's steps, positive; 10 is the source's.</summary>
    public double Rate { get; init; } = 10;

    /// <summary>The optimizer of the generator and of the critic that it is trained against.</summary>
    public TrainingOptimizer Optimizer { get; init; } = new AdamOptimizer { Beta1 = 0.5, Beta2 = 0.9 };

    /// <inheritdoc/>
    public int EotSamples { get; init; } = 2;

    /// <summary>Mean squared differences of images [N, C, H, W] to the nearest found, float32 [N].</summary>
    /// <exception cref="InvalidOperationException">The detector is not trained.</exception>
    public override Tensor forward(Tensor images)
    {
        if (fitted.IsEmpty)
            throw new InvalidOperationException(
                "The detector has no scores yet: train it, or load the checkpoint of a trained one.");
        using var scope = NewDisposeScope();
        var nearest = gan.Nearest(images, Restarts, Steps, Rate);
        return (images - nearest).square().flatten(1).mean([1]).MoveToOuterDisposeScope();
    }

    /// <summary>What the generator was trained on, which no threshold may be set on.</summary>
    public FittedImages FittedTo => fitted;

    /// <summary>Trains the generator, as <see cref="DefenseGanTransform.Train"/>.</summary>
    /// <inheritdoc/>
    public void Train(ILabeledImages training, TrainingOptions options) => gan.Train(
        this, Optimizer, training, options, () => fitted.Remember(training, options.Cancellation));
}
