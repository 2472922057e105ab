using Ensembles.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// A generator of images, z [N, k] to G(z) [N, C, H, W] in [0, 1], and the search for the z whose image is nearest to a
/// given one. It is trained as a Wasserstein GAN with gradient penalty (Gulrajani et al. 2017).
/// </summary>
sealed partial class WassersteinGan : Module<Tensor, Tensor>
{
    /// <summary>Steps of the critic before each of the generator, and the weight of the penalty.</summary>
    const int CriticSteps = 5, Penalty = 10;

    /// <summary>What is left of a step of the search in the next.</summary>
    const double Momentum = 0.7;

    readonly Sequential generator;
    readonly long[] shape;

    public WassersteinGan(int channels, int size, int latent, int width) : base(nameof(WassersteinGan))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(latent, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Channels, Size, Latent, Width, shape) = (channels, size, latent, width, [-1, channels, size, size]);
        generator = Sequential(
            ("first", Linear(latent, width)), ("firstActivation", ReLU()),
            ("second", Linear(width, 2 * width)), ("secondActivation", ReLU()),
            ("pixels", Linear(2 * width, channels * size * size)), ("range", Sigmoid()));
        RegisterComponents();
    }

    public int Channels { get; }

    /// <summary>The side of the images.</summary>
    public int Size { get; }

    /// <summary>k.</summary>
    public int Latent { get; }

    public int Width { get; }

    /// <summary>G(z).</summary>
    public override Tensor forward(Tensor z)
    {
        using var pixels = generator.call(z);
        return pixels.view(shape);
    }

    /// <summary>
    /// The image G(z*) nearest to each image: z* is the best of R random starts after L steps of gradient descent on
    /// the mean squared difference. More restarts under the same seed begin with the same ones.
    /// </summary>
    public Tensor Nearest(Tensor images, int restarts, int steps, double rate)
    {
        ThrowIfOtherShape(images);
        using var scope = NewDisposeScope();
        var target = images.detach();
        Tensor[] starts =
            [.. Enumerable.Range(0, restarts).Select(_ => randn(target.size(0), Latent, device: target.device))];
        var z = Descend(cat(starts), target.repeat(restarts, 1, 1, 1), steps, rate);
        using var noGradient = no_grad();
        var made = call(z).view([restarts, .. target.shape]);
        var best = (made - target).square().flatten(2).sum(2).argmin(dim: 0);
        var places = (best * target.size(0)) + arange(target.size(0), device: target.device);
        return made.flatten(0, 1).index_select(0, places).MoveToOuterDisposeScope();
    }

    /// <summary>z after some steps towards the targets.</summary>
    public Tensor Descend(Tensor z, Tensor target, int steps, double rate)
    {
        using var scope = NewDisposeScope();
        var place = z.detach().clone();
        var speed = zeros_like(place);
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            using var gradients = enable_grad();
            var input = place.detach().requires_grad_();
            var loss = (call(input) - target).square().flatten(1).mean([1]).sum();
            var slope = autograd.grad([loss], [input])[0];
            using var noGradient = no_grad();
            speed.mul_(Momentum).add_(slope);
            place.sub_(rate * speed);
        }

        return place.MoveToOuterDisposeScope();
    }

    /// <summary>Trains the generator against a critic of its own, for a module that holds it.</summary>
    public void Train(
        Module owner, TrainingOptimizer optimizer, ILabeledImages training, TrainingOptions options,
        Action? finish = null)
    {
        random.manual_seed(TrainingOptions.SeedOf(options.Seed, 0));
        using var critic = new Critic(Channels * Size * Size, Width);
        critic.to(generator.parameters().First().device);
        ImageTraining.Train(
            owner, "generator", training, options with { Optimizer = optimizer }, Loss,
            trainer => trainer.With("critic", critic, optimizer), finish);

        BatchLoss Loss(Tensor images, TrainingStep step)
        {
            ThrowIfOtherShape(images);
            var z = randn(images.size(0), Latent, device: images.device);
            if (step.StepsDone % (CriticSteps + 1) == CriticSteps)
                return ImageTraining.Unclassified(-critic.call(call(z)).mean()) with { Moved = [owner] };
            Tensor made;
            using (no_grad())
                made = call(z);
            var loss = critic.call(made).mean() - critic.call(images).mean() + (Penalty * Slope(images, made));
            return ImageTraining.Unclassified(loss) with { Moved = [critic] };
        }

        // (|grad D| - 1)^2 between the images and those made.
        Tensor Slope(Tensor images, Tensor made)
        {
            var share = rand(images.size(0), 1, 1, 1, device: images.device);
            var between = ((share * images) + ((1 - share) * made)).detach().requires_grad_();
            var gradient = autograd.grad(
                [critic.call(between).sum()], [between], retain_graph: true, create_graph: true)[0];
            return ((gradient.flatten(1).square().sum(1) + 1e-12).sqrt() - 1).square().mean();
        }
    }

    public void ThrowIfOtherShape(Tensor images)
    {
        ImageTraining.ThrowIfOtherChannels(images, Channels);
        if (images.size(2) != Size || images.size(3) != Size)
            throw new ArgumentException(
                $"The generator makes images of {Size}x{Size}; these are {images.size(2)}x{images.size(3)}. Its "
                + "constructor takes the side.",
                nameof(images));
    }

    /// <summary>Images to a number that is higher for those that look like clean ones, [N, 1].</summary>
    [Compiled]
    sealed partial class Critic : Module<Tensor, Tensor>
    {
        readonly Sequential layers;

        public Critic(int pixels, int width) : base(nameof(Critic))
        {
            layers = Sequential(
                ("flat", Flatten()), ("first", Linear(pixels, 2 * width)), ("firstActivation", LeakyReLU(0.2)),
                ("second", Linear(2 * width, width)), ("secondActivation", LeakyReLU(0.2)),
                ("score", Linear(width, 1)));
            RegisterComponents();
        }

        public override Tensor forward(Tensor images) => layers.call(images);
    }
}
