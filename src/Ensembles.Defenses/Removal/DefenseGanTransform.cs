using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Defense-GAN (Samangouei et al. 2018 [29]): an image is replaced by the nearest that a generator of clean images
/// makes, G(z*), where z* is the best of R random starts after L steps of gradient descent on |G(z) - x|^2.
/// </summary>
/// <remarks>
/// Two attacks are known (Athalye et al. 2018 [1]): the surrogate, which is the identity (BPDA), and images of the
/// generator itself, which the search gives back as they are: z is moved until the network answers otherwise. What
/// remains is the quality of the generator, which clean images pay for too; where it does not make them to within half
/// of a disturbance, as small ones trained for a few minutes do not, it is no projection, so it claims none.
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Samangouei et al. 2018 [29]",
    UnderAttack = "Falls to images of its own generator, and for a good part to attacks that take it for the identity "
        + "(BPDA and EOT).")]
[Claims<TestTimeRandomness>]
public sealed class DefenseGanTransform : InputTransform, INonDifferentiable, IRandomized, ITrainable
{
    readonly WassersteinGan gan;

    /// <summary>Makes an untrained transform.</summary>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="size">The side of the images in pixels.</param>
    /// <param name="latent">k, numbers that an image is made of; the source takes 128.</param>
    /// <param name="width">Units of the first layer of the generator.</param>
    /// <param name="restarts">R, 1 or more; 10 is the source's.</param>
    /// <param name="steps">L, 1 or more; 200 is the source's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number below 1.</exception>
    public DefenseGanTransform(
        int channels = 1, int size = 28, int latent = 32, int width = 128, int restarts = 10, int steps = 200)
        : base(nameof(DefenseGanTransform))
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

    /// <summary>k, numbers that an image is made of.</summary>
    public int Latent => gan.Latent;

    /// <summary>R, random starts of the search.</summary>
    public int Restarts { get; }

    /// <summary>L, steps of the search.</summary>
    public int Steps { get; }

    /// <summary>The length of the search's steps, positive; 10 is the source's.</summary>
    public double Rate { get; init; } = 10;

    /// <summary>The optimizer of the generator and of the critic that it is trained against.</summary>
    public TrainingOptimizer Optimizer { get; init; } = new AdamOptimizer { Beta1 = 0.5, Beta2 = 0.9 };

    /// <inheritdoc/>
    public int EotSamples { get; init; } = 5;

    /// <summary>The nearest images of the generator, [N, C, H, W].</summary>
    public override Tensor forward(Tensor images) => gan.Nearest(images, Restarts, Steps, Rate);

    /// <summary>The identity.</summary>
    public Tensor surrogate(Tensor images) => images.alias();

    /// <summary>G(z), images [N, C, H, W] of z [N, k], differentiable: the way around the defense.</summary>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public Tensor Generate(Tensor z) => z.dim() == 2 && z.size(1) == Latent
        ? gan.call(z)
        : throw new ArgumentException(
            $"Images are made of [N, {Latent}] numbers, not of [{string.Join(", ", z.shape)}].", nameof(z));

    /// <summary>
    /// Trains the generator against a critic, a Wasserstein GAN with gradient penalty: one step for every five of the
    /// critic.
    /// </summary>
    /// <inheritdoc/>
    public void Train(ILabeledImages training, TrainingOptions options) =>
        gan.Train(this, Optimizer, training, options);
}
