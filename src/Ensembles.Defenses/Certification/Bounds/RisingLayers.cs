using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>max(x, 0), exact on both ends.</summary>
/// <remarks>
/// Backwards (Zhang et al. 2018): where l &lt; 0 &lt; u, relu(x) lies above a x for any a in [0, 1], and below
/// u (x - l) / (u - l). The fixed choice of a is 1 if u > -l, else 0.
/// </remarks>
sealed class ReluBounds : BoundedLayer
{
    public override Interval Forward(Interval input) =>
        new(input.Lower.clamp(min: 0), input.Upper.clamp(min: 0)) { IsPositive = true };

    public override Tensor Backward(Tensor slope, Passage place, LinearBound bound)
    {
        var (lower, upper) = place.Input;
        var on = lower.ge(0).to_type(slope.dtype);
        var unstable = lower.lt(0).logical_and(upper.gt(0));
        // From above: t (x - l), with t = u / (u - l); what t is rounded to holds with the larger of both intercepts.
        var steep = upper / (upper - lower).masked_fill(unstable.logical_not(), 1);
        var intercept = maximum(-steep * lower, upper - (steep * upper)).masked_fill(unstable.logical_not(), 0);
        var above = where(unstable, steep, on);
        var flat = bound.LowerSlopes is { } chosen && chosen.TryGetValue(place.Node, out var own)
            ? own.clamp(0, 1)
            : FixedSlopes(place.Input);
        var below = where(unstable, flat, on);

        var (rising, falling) = (slope.clamp(min: 0), slope.clamp(max: 0));
        bound.AddNegative(falling, intercept * (1 + Rounding.Of(terms: 1)));
        // One of the two is 0 everywhere, so nothing cancels.
        return is_grad_enabled() && slope.requires_grad || below.requires_grad || above.requires_grad
            ? (rising * below) + (falling * above)
            : rising.mul_(below).addcmul_(falling, above, 1);
    }

    public override Tensor RoundedInput(Interval input) => input.Magnitude * Rounding.Of(terms: 1);

    /// <summary>1 if u > -l, else 0.</summary>
    public static Tensor FixedSlopes(Interval input) => input.Upper.gt(-input.Lower).to_type(input.Lower.dtype);
}

/// <summary>Maxima of windows, exact on both ends.</summary>
/// <remarks>
/// Backwards: a maximum is at least the entry whose lower end is highest, and that entry itself where its lower end is
/// above the upper ends of all others; else it is at most the highest upper end.
/// </remarks>
sealed class MaxPoolingBounds(MaxPool2d pool) : BoundedLayer
{
    public override Interval Forward(Interval input) =>
        input with { Lower = Pooled(input.Lower), Upper = Pooled(input.Upper) };

    public override Tensor? Backward(Tensor slope, Passage place, LinearBound bound)
    {
        if (pool.ceil_mode || pool.kernel_size is not { } size)
        {
            bound.AddLeast(slope, place.Output);
            return null;
        }

        var (kernel, stride, padding, dilation) =
            (Pair(size), Pair(pool.stride ?? size), Pair(pool.padding ?? [0]), Pair(pool.dilation ?? [1]));
        var (lower, upper) = (Windows(place.Input.Lower), Windows(place.Input.Upper));
        var (highest, best) = lower.max(2, keepdim: true);
        var isBest = zeros_like(lower).scatter(2, best, ones_like(highest));
        var others = upper.masked_fill(isBest.gt(0), double.NegativeInfinity).amax([2], keepdim: true);
        var dominates = highest.ge(others).to_type(slope.dtype);

        var pulled = slope.flatten(3).unsqueeze(3);
        var (rising, falling) = (pulled.clamp(min: 0), pulled.clamp(max: 0));
        bound.Add((falling * (1 - dominates)).squeeze(3), upper.amax([2]));
        var passed = (rising + (falling * dominates)) * isBest;
        var (height, width) = (place.Input.Lower.size(2), place.Input.Lower.size(3));
        return functional.fold(
                passed.flatten(0, 1).flatten(1, 2), (height + (2 * padding.Item1), width + (2 * padding.Item2)),
                kernel, dilation, (0, 0), stride)
            .narrow(2, padding.Item1, height).narrow(3, padding.Item2, width)
            .unflatten(0, [slope.size(0), slope.size(1)]);

        // [N, C, entries of a window, windows]
        Tensor Windows(Tensor x)
        {
            var padded = functional.pad(
                x, [padding.Item2, padding.Item2, padding.Item1, padding.Item1], PaddingModes.Constant, -1e30);
            return functional.unfold(padded, kernel, dilation, (0, 0), stride)
                .view(x.size(0), x.size(1), kernel.Item1 * kernel.Item2, -1);
        }
    }

    /// <summary>What the sum over the maxima that are taken at their highest may be rounded by.</summary>
    public override Tensor Rounded(Interval input, Interval output) =>
        output.Magnitude * Rounding.Of(output.Lower[0].numel());

    Tensor Pooled(Tensor x) => functional.max_pool2d(
        x, pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode);

    static (long, long) Pair(long[] sizes) => (sizes[0], sizes[^1]);
}

/// <summary>The same numbers in another shape.</summary>
sealed class FlattenBounds(Flatten flatten) : BoundedLayer
{
    public override Interval Forward(Interval input) =>
        input with { Lower = Flat(input.Lower), Upper = Flat(input.Upper) };

    public override Tensor Backward(Tensor slope, Passage place, LinearBound bound) =>
        slope.reshape([slope.size(0), .. place.Input.Lower.shape]);

    Tensor Flat(Tensor x) => x.flatten(flatten.start_dim, flatten.end_dim);
}

/// <summary>A module that says itself where its outputs lie. Nothing is followed back through it.</summary>
/// <param name="interval">The outputs' ends of the inputs' ends.</param>
sealed class StatedBounds(Func<Tensor, Tensor, (Tensor, Tensor)> interval) : BoundedLayer
{
    /// <summary>
    /// Of each end, what it is moved outward: a level's edge lies elsewhere in float64 than in float32 by less.
    /// </summary>
    const double Edge = 1e-6;

    public override Interval Forward(Interval input)
    {
        var (lower, upper) = interval(
            input.Lower - (input.Lower.abs() * Edge), input.Upper + (input.Upper.abs() * Edge));
        // A level is another number in float32 than in float64, too.
        return new Interval(lower, upper).Widened(zeros_like(lower));
    }

    public override Tensor? Backward(Tensor slope, Passage place, LinearBound bound)
    {
        bound.AddLeast(slope, place.Output);
        return null;
    }
}
