using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The images an attacker may show in place of clean ones: at most epsilon away in one norm, and inside [0, 1].
/// </summary>
/// <remarks>
/// Both limits hold exactly, for the float32 images that leave the ball: no pixel is outside [0, 1], and the distance
/// computed in double is at most epsilon (so the one computed in float32 is at most float32(epsilon), rounding being
/// monotone). Stepping just over the edge by rounding would be a success that an independent check disallows.
/// </remarks>
abstract class Ball(double epsilon)
{
    /// <summary>The radius, in units of pixel values.</summary>
    public double Epsilon { get; } = epsilon;

    public static Ball Of(ThreatModel threat) => threat.Norm switch
    {
        Norm.Linf => new LinfBall(threat.Epsilon),
        Norm.L2 => new L2Ball(threat.Epsilon),
        _ => throw new ArgumentOutOfRangeException(nameof(threat), threat.Norm, "The norm is Linf or L2."),
    };

    /// <summary>The images [N, C, H, W] brought into the ball around the clean images and into [0, 1].</summary>
    public abstract Tensor Project(Tensor images, Tensor clean);

    /// <summary>The displacement of length <paramref name="size"/> along which a function with this gradient rises fastest; 0 where the gradient is 0.</summary>
    public abstract Tensor SteepestStep(Tensor gradient, double size);

    /// <summary>A random point of the ball around each clean image, projected into [0, 1].</summary>
    public abstract Tensor RandomPoint(Tensor clean, Generator generator);

    /// <summary>A random point as far from each clean image as the ball allows, projected into [0, 1].</summary>
    public abstract Tensor RandomEdgePoint(Tensor clean, Generator generator);

    /// <summary>The most that a displacement of length 1 gains along each gradient, [N]: its dual norm.</summary>
    public abstract Tensor Gain(Tensor gradient);

    /// <summary>How fast each pixel of the shortest change along a normal grows, of the sizes [...] of the normal's entries: see <see cref="Hyperplane"/>.</summary>
    public abstract Tensor Speed(Tensor sizes);

    /// <summary>Lengths [N] of changes [N, C, H, W] in the norm, float32.</summary>
    public abstract Tensor Length(Tensor change);

    /// <summary>The gradients over their gain; 0 where the gradient is 0.</summary>
    public Tensor Normalize(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        // Divided by the largest entry first: squares of very large or very small entries leave float32.
        var largest = gradient.abs().flatten(1).amax([1]).view(-1, 1, 1, 1);
        var bounded = gradient / largest.masked_fill(largest.eq(0), 1);
        var gain = Gain(bounded).view(-1, 1, 1, 1);
        return (bounded / gain.masked_fill(gain.eq(0), 1)).MoveToOuterDisposeScope();
    }

    /// <summary>Distances [N], float64, of the images from the clean ones.</summary>
    public abstract Tensor Distances(Tensor images, Tensor clean);
}
