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
public abstract class Ball : IDisposable
{
    private protected Ball(ThreatModel threat) => Threat = threat;

    /// <summary>The threat model it is the ball of.</summary>
    public ThreatModel Threat { get; }

    /// <summary>The radius, in units of pixel values; infinite where there is none.</summary>
    public double Epsilon => Threat.Epsilon;

    /// <summary>The norm.</summary>
    public Norm Norm => Threat.Norm;

    /// <summary>Whether there is no radius, and the nearest image is looked for.</summary>
    public bool IsUnbounded => Threat.IsUnbounded;

    /// <summary>The ball of a threat model.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such norm.</exception>
    public static Ball Create(ThreatModel threat) => threat.Norm switch
    {
        Norm.Linf => new LinfBall(threat),
        Norm.L2 => new L2Ball(threat),
        Norm.L1 => new L1Ball(threat),
        Norm.L0 => new L0Ball(threat),
        _ => throw new ArgumentOutOfRangeException(nameof(threat), threat.Norm, "The norm is Linf, L2, L1 or L0."),
    };

    /// <summary>The images [N, C, H, W] brought into the ball around the clean images and into [0, 1].</summary>
    public abstract Tensor Project(Tensor images, Tensor clean);

    /// <summary>
    /// The displacement of length <paramref name="size"/>, from these points, along which a function with this gradient
    /// rises fastest; 0 where the gradient is 0.
    /// </summary>
    public abstract Tensor SteepestStep(Tensor gradient, Tensor points, double size);

    /// <summary>
    /// Proj(x + a s(g)): a step of length a from images x in the ball, s(g) being the steepest direction, sign(g) under
    /// Linf and g / ||g||_2 under L2.
    /// </summary>
    /// <param name="images">x, [N, C, H, W], in the ball.</param>
    /// <param name="direction">g.</param>
    /// <param name="size">a.</param>
    /// <param name="clean">The clean images.</param>
    public virtual Tensor Step(Tensor images, Tensor direction, double size, Tensor clean)
    {
        using var scope = NewDisposeScope();
        return Project(images + SteepestStep(direction, images, size), clean).MoveToOuterDisposeScope();
    }

    /// <summary>Proj(x + (1 - m) (z - x) + m (x - x_previous)) with z = Proj(x + a s(g)).</summary>
    /// <param name="images">x, [N, C, H, W], in the ball.</param>
    /// <param name="direction">g.</param>
    /// <param name="sizes">a, the length of the step of each image.</param>
    /// <param name="previous">x_previous.</param>
    /// <param name="momentum">m.</param>
    /// <param name="clean">The clean images.</param>
    public virtual Tensor StepWithMomentum(
        Tensor images, Tensor direction, float[] sizes, Tensor previous, double momentum, Tensor clean)
    {
        using var scope = NewDisposeScope();
        var step = SteepestStep(direction, images, 1) * tensor(sizes, device: images.device).view(-1, 1, 1, 1);
        var ahead = Project(images + step, clean);
        var next = images + (1 - momentum) * (ahead - images) + momentum * (images - previous);
        return Project(next, clean).MoveToOuterDisposeScope();
    }

    /// <summary>A random point of the ball around each clean image, projected into [0, 1].</summary>
    public abstract Tensor RandomPoint(Tensor clean, Generator generator);

    /// <summary>A random point at a distance, float32 [N], from each clean image, projected into [0, 1].</summary>
    public abstract Tensor RandomPointAt(Tensor distance, Tensor clean, Generator generator);

    /// <summary>
    /// A random extreme point of the ball around each clean image, projected into [0, 1]: a linear function is highest
    /// at one of them.
    /// </summary>
    public abstract Tensor RandomCorner(Tensor clean, Generator generator);

    /// <summary>The most that a displacement of length 1 gains along each gradient, [N]: its dual norm.</summary>
    public abstract Tensor Gain(Tensor gradient);

    /// <summary>Lengths [N] of changes [N, C, H, W] in the norm, float32.</summary>
    public abstract Tensor Length(Tensor change);

    /// <summary>
    /// Changes [N, C, H, W] brought to at most these lengths [N] in the norm, by the nearest way in the Euclidean
    /// distance.
    /// </summary>
    public abstract Tensor Shorten(Tensor change, Tensor lengths);

    /// <summary>
    /// The clean images with changes, float64 [N, C, H, W], that are in the ball before rounding: as float32 images in
    /// the ball and in [0, 1].
    /// </summary>
    private protected Tensor Rounded(Tensor changes, Tensor clean)
    {
        using var scope = NewDisposeScope();
        var center = clean.to_type(ScalarType.Float64);
        var factor = ones_like(changes.narrow(1, 0, 1).narrow(2, 0, 1).narrow(3, 0, 1));
        // Clamping only shortens a change, since the clean pixel is in [0, 1]; rounding to float32 may lengthen it.
        // Those still too long are shortened by 1e-7, 2e-7, 4e-7 ..., which at 1 is the clean image itself.
        for (var excess = 1e-7; ; excess = Math.Min(2 * excess, 1))
        {
            var inside = (center + changes * factor).to_type(ScalarType.Float32).clamp(0, 1);
            var outside = Distances(inside, clean).gt(Epsilon);
            if (!outside.any().item<bool>())
                return inside.MoveToOuterDisposeScope();
            factor = where(outside.view(-1, 1, 1, 1), factor * (1 - excess), factor);
        }
    }

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

    /// <summary>
    /// Keeps the rows of the clean images that go on: what a ball has worked out for <paramref name="clean"/> it then
    /// has for <paramref name="cleanLeft"/>.
    /// </summary>
    /// <param name="clean">The clean images so far.</param>
    /// <param name="left">Which of them go on, int64 [a].</param>
    /// <param name="cleanLeft">Those, [a, C, H, W].</param>
    internal virtual void Select(Tensor clean, Tensor left, Tensor cleanLeft)
    {
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Distances [N], float64, of the images from the clean ones.</summary>
    public Tensor Distances(Tensor images, Tensor clean) => Norm.Distances(images, clean);
}
