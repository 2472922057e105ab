using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>The changes of all pixel values sum to at most epsilon.</summary>
sealed class L1Ball(ThreatModel threat) : Ball(threat)
{
    /// <summary>The share of the pixel values a step moves.</summary>
    const double Moved = 0.01;

    /// <summary>Halvings after which a threshold in [0, 1] is known as well as float64 allows.</summary>
    const int Halvings = 52;

    /// <remarks>
    /// The nearest point of the ball and the box together, in the Euclidean distance: every change is shortened by the
    /// same lambda and ends at its bound, sign(d_i) min(max(|d_i| - lambda, 0), room_i), lambda being the smallest for
    /// which they sum to epsilon.
    /// </remarks>
    public override Tensor Project(Tensor images, Tensor clean)
    {
        using var scope = NewDisposeScope();
        var center = clean.to_type(ScalarType.Float64);
        var change = images.to_type(ScalarType.Float64) - center;
        var size = change.abs();
        var room = where(change.gt(0), 1 - center, center);
        Tensor Shortened(Tensor lambda) => (size - lambda).clamp(min: 0).minimum(room);
        Tensor IsTooLong(Tensor lambda) => Shortened(lambda).flatten(1).sum(1).gt(Epsilon).view(-1, 1, 1, 1);

        var least = zeros_like(size.narrow(1, 0, 1).narrow(2, 0, 1).narrow(3, 0, 1));
        var lambda = where(IsTooLong(least), size.flatten(1).amax([1]).view(-1, 1, 1, 1), least);
        for (var halving = 0; halving < Halvings && lambda.gt(least).any().item<bool>(); halving++)
        {
            var middle = (least + lambda) / 2;
            var tooLong = IsTooLong(middle);
            (least, lambda) = (where(tooLong, middle, least), where(tooLong, lambda, middle));
        }
        return Rounded(change.sign() * Shortened(lambda), clean).MoveToOuterDisposeScope();
    }

    /// <remarks>
    /// The steepest step moves one value alone. Those that move the hundredth part with the largest gradient get
    /// further (Tramer and Boneh 2019, "Adversarial training and robustness for multiple perturbations"); values that
    /// are at their bound already stay out of it.
    /// </remarks>
    public override Tensor SteepestStep(Tensor gradient, Tensor points, double size)
    {
        using var scope = NewDisposeScope();
        var stuck = gradient.gt(0).logical_and(points.ge(1)).logical_or(gradient.lt(0).logical_and(points.le(0)));
        var free = gradient.masked_fill(stuck, 0).flatten(1);
        var (_, largest) = free.abs().topk((int)Math.Max(Moved * free.size(1), 1));
        var step = zeros_like(free).scatter(1, largest, free.gather(1, largest).sign());
        var moved = step.abs().sum(1, keepdim: true);
        return (step * (size / moved.masked_fill(moved.eq(0), 1))).view(gradient.shape).MoveToOuterDisposeScope();
    }

    public override Tensor RandomPoint(Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        // Uniform in a ball of D dimensions: D exponential variables over the sum of D + 1.
        var (change, sum) = Exponential(clean, generator);
        var slack = -rand(clean.size(0), 1, 1, 1, generator: generator).to(clean.device).clamp(min: 1e-30).log();
        return Project(clean + change / (sum + slack) * Epsilon, clean).MoveToOuterDisposeScope();
    }

    public override Tensor RandomPointAt(Tensor distance, Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        var (change, sum) = Exponential(clean, generator);
        return Project(clean + change / sum * distance.view(-1, 1, 1, 1), clean).MoveToOuterDisposeScope();
    }

    /// <remarks>One value alone changes.</remarks>
    public override Tensor RandomCorner(Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        var order = rand(clean.size(0), clean.numel() / clean.size(0), generator: generator).to(clean.device);
        var upwards = rand(clean.size(0), 1, generator: generator).lt(0.5);
        var signs = upwards.to_type(ScalarType.Float32).to(clean.device) * 2 - 1;
        var change = zeros_like(order).scatter(1, order.argmax(1, keepdim: true), signs * Epsilon);
        return Project(clean + change.view(clean.shape), clean).MoveToOuterDisposeScope();
    }

    public override Tensor Gain(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return gradient.flatten(1).abs().amax([1]).MoveToOuterDisposeScope();
    }

    /// <remarks>
    /// sign(d_i) max(|d_i| - lambda, 0): with the sizes sorted downwards, lambda = (their first k summed, less the
    /// length) / k for the last k whose size is above it (Duchi et al. 2008, "Efficient projections onto the l1-ball").
    /// </remarks>
    public override Tensor Shorten(Tensor change, Tensor lengths)
    {
        using var scope = NewDisposeScope();
        var size = change.abs().flatten(1);
        var (sorted, _) = size.sort(1, descending: true);
        var candidates = (sorted.cumsum(1) - lengths.unsqueeze(1)) / arange(1, size.size(1) + 1, device: change.device);
        var last = (sorted.gt(candidates).sum(1, keepdim: true) - 1).clamp(min: 0);
        var lambda = candidates.gather(1, last).clamp(min: 0);
        return (change.sign() * (size - lambda).clamp(min: 0).view(change.shape)).MoveToOuterDisposeScope();
    }

    public override Tensor Length(Tensor change)
    {
        using var scope = NewDisposeScope();
        return change.abs().flatten(1).sum(1).MoveToOuterDisposeScope();
    }

    /// <summary>Exponential variables of random sign, and the sum of their sizes for each image.</summary>
    static (Tensor Change, Tensor Sum) Exponential(Tensor clean, Generator generator)
    {
        // Drawn on the CPU, so that every device starts from the same points.
        var size = -rand(clean.shape, generator: generator).clamp(min: 1e-30).log().to(clean.device);
        var upwards = rand(clean.shape, generator: generator).to(clean.device).lt(0.5);
        var signs = upwards.to_type(ScalarType.Float32) * 2 - 1;
        return (size * signs, size.flatten(1).sum(1).view(-1, 1, 1, 1));
    }
}
