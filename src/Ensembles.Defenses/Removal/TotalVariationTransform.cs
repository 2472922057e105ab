using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Images filled in from a random half of their pixels by minimal total variation (Guo et al. 2018 [13]): z minimises
/// 1/2 sum m (z - x)^2 + lambda sum |grad z|, where m keeps each pixel with probability p.
/// </summary>
/// <remarks>
/// The variation is isotropic, of each channel for itself; all channels of a pixel are kept or dropped together. It is
/// minimised by the primal-dual steps of Chambolle and Pock 2011, all images at once, from the mean of the kept pixels.
/// The source's code minimises the same by split Bregman steps. The surrogate is the identity (BPDA, Athalye et al.
/// 2018 [1]).
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Guo et al. 2018 [13]",
    UnderAttack = "Falls to attacks that take it for the identity and average over its draws (BPDA and EOT).")]
[Claims<TestTimeRandomness>]
public sealed class TotalVariationTransform : InputTransform, INonDifferentiable, IRandomized
{
    /// <summary>The step of both sides: its square times |grad|^2, which is at most 8, is at most 1.</summary>
    const double Step = 0.35;

    /// <summary>Makes the transform.</summary>
    /// <param name="lambda">The weight of the variation, positive.</param>
    /// <param name="keep">p, the probability that a pixel is kept, in (0, 1]; at 1 nothing is random.</param>
    /// <param name="steps">Steps of the minimisation, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number outside these.</exception>
    public TotalVariationTransform(double lambda = 0.03, double keep = 0.5, int steps = 100)
        : base(nameof(TotalVariationTransform))
    {
        if (lambda is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "The weight is positive and finite.");
        if (keep is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(keep), keep, "A pixel is kept with a probability in (0, 1].");
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        (Lambda, Keep, Steps) = (lambda, keep, steps);
    }

    /// <summary>The weight of the variation.</summary>
    public double Lambda { get; }

    /// <summary>p, the probability that a pixel is kept.</summary>
    public double Keep { get; }

    /// <summary>Steps of the minimisation.</summary>
    public int Steps { get; }

    /// <inheritdoc/>
    public int EotSamples { get; init; } = 10;

    /// <summary>Images [N, C, H, W] of small variation.</summary>
    public override Tensor forward(Tensor images)
    {
        ImageShape.ThrowIfNot(images);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var mask = Keep < 1
            ? rand(images.size(0), 1, images.size(2), images.size(3), device: images.device).lt(Keep).to(images.dtype)
            : ones_like(images.narrow(1, 0, 1));
        return Minimize(images.detach(), mask).MoveToOuterDisposeScope();
    }

    /// <summary>The identity.</summary>
    public Tensor surrogate(Tensor images) => images.alias();

    /// <summary>What is minimised, [N].</summary>
    internal Tensor Objective(Tensor z, Tensor images, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var (down, across) = Gradient(z);
        return ((mask * (z - images).square()).sum([1, 2, 3]) / 2
            + Lambda * (down.square() + across.square()).sqrt().sum([1, 2, 3])).MoveToOuterDisposeScope();
    }

    /// <summary>z for a mask [N, 1, H, W].</summary>
    internal Tensor Minimize(Tensor images, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var kept = mask * images;
        var mean = kept.sum([2, 3], keepdim: true) / mask.sum([2, 3], keepdim: true).clamp_min(1);
        var z = where(mask.gt(0), images, mean);
        var ahead = z.clone();
        var (down, across) = (zeros_like(z), zeros_like(z));
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            var (risingDown, risingAcross) = Gradient(ahead);
            down.add_(Step * risingDown);
            across.add_(Step * risingAcross);
            var length = ((down.square() + across.square()).sqrt() / Lambda).clamp_min(1);
            down.div_(length);
            across.div_(length);
            // The gradient's adjoint is the negative divergence; then the nearest point that the kept pixels pull at.
            var moved = (z + Step * (Divergence(down, across) + kept)) / (1 + Step * mask);
            ahead.copy_(2 * moved - z);
            z.copy_(moved);
        }
        return z.MoveToOuterDisposeScope();
    }

    /// <summary>Differences to the next pixel, 0 at the last.</summary>
    static (Tensor Down, Tensor Across) Gradient(Tensor z) => (
        cat([z.diff(1, 2), zeros_like(z.narrow(2, 0, 1))], 2), cat([z.diff(1, 3), zeros_like(z.narrow(3, 0, 1))], 3));

    /// <summary>The negative adjoint of the differences.</summary>
    static Tensor Divergence(Tensor down, Tensor across) => Along(down, 2) + Along(across, 3);

    static Tensor Along(Tensor flow, int dimension)
    {
        var size = flow.size(dimension);
        var inner = flow.narrow(dimension, 0, size - 1);
        var nothing = zeros_like(flow.narrow(dimension, 0, 1));
        return cat([inner, nothing], dimension) - cat([nothing, inner], dimension);
    }
}
