using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Linear bounds followed back from the outputs to the images (CROWN, Zhang et al. 2018), and where steps are asked for
/// with the lower slopes of unstable ReLUs optimised (alpha-CROWN, Xu et al. 2021): any slope in [0, 1] is sound, and
/// the best bound of all steps is taken. Exact for linear networks but for rounding.
/// </summary>
/// <remarks>
/// Bounds of the layers inside are intervals, computed backwards too where a ReLU reads them and no more than
/// <see cref="LayerWidth"/> of them are unsettled. What is returned is nowhere looser than
/// <see cref="IntervalBounds"/> but for rounding.
/// </remarks>
public sealed class CrownBounds : BoundMethod
{
    /// <summary>Takes 32 images at once: ten slopes each are more numbers than larger batches are worth.</summary>
    public CrownBounds() => BatchSize = 32;

    /// <summary>
    /// How many entries of a layer, unsettled for an image, are bounded backwards at most; of an image that has more,
    /// none are. Each costs two passes back through the network. 0 leaves intervals inside, as CROWN-IBP does.
    /// </summary>
    public int LayerWidth { get; init; } = 256;

    /// <summary>Steps by which slopes are optimised; 0 for the fixed ones.</summary>
    public int Steps { get; init; }

    /// <summary>How far a step moves a slope at first; steps fall to a tenth of it.</summary>
    public double StepSize { get; init; } = 0.25;

    /// <summary>Intervals, then linear bounds of the last layer alone, then all that is asked for.</summary>
    private protected override IReadOnlyList<BoundMethod> Stages => LayerWidth > 0 || Steps > 0
        ? [new IntervalBounds(), new CrownBounds { LayerWidth = 0, BatchSize = BatchSize }, this]
        : [new IntervalBounds(), this];

    private protected override Interval Outputs(LayerBounds bounds)
    {
        var shape = bounds.Output.Lower.shape;
        var count = bounds.Output.Lower[0].numel();
        var unit = eye(count, dtype: bounds.Output.Lower.dtype, device: bounds.Output.Lower.device)
            .view([count, 1, .. shape[1..]]).expand([-1, shape[0], .. Enumerable.Repeat(-1L, shape.Length - 1)]);
        return new Interval(
                Best(bounds, unit).t().view(shape), -Best(bounds, -unit).t().view(shape))
            .And(new Interval(
                bounds.Output.Lower.to_type(ScalarType.Float64), bounds.Output.Upper.to_type(ScalarType.Float64)));
    }

    private protected override Tensor Differences(LayerBounds bounds, Tensor labels) => maximum(
        Best(bounds, Slopes(bounds, labels)).t(),
        IntervalBounds.Leads(bounds, labels).to_type(ScalarType.Float64));

    /// <remarks>Classes that intervals exclude are not followed back.</remarks>
    private protected override Tensor Excluded(LayerBounds bounds, Tensor labels)
    {
        var excluded = IntervalBounds.Leads(bounds, labels).gt(0);
        var open = excluded.logical_not().scatter(1, labels.unsqueeze(1), zeros_like(excluded.narrow(1, 0, 1)));
        var most = open.sum(1).max().item<long>();
        if (most == 0)
            return excluded;
        var classes = open.to_type(ScalarType.Float32).topk((int)most, 1).indexes;
        var slopes = Slopes(bounds, labels).gather(
            0, classes.t().unsqueeze(2).expand(-1, -1, open.size(1)));
        // The own class may be among those that fill up; nobody asks about it.
        return excluded.scatter(1, classes, excluded.gather(1, classes).logical_or(Best(bounds, slopes).t().gt(0)));
    }

    /// <summary>Lower bounds, float64 [N, K], of z_y - z_k by fixed slopes.</summary>
    internal static Tensor Leads(LayerBounds bounds, Tensor labels) =>
        bounds.Least(bounds.Last, Slopes(bounds, labels)).t();

    /// <summary>e_y - e_k, [K, N, K].</summary>
    static Tensor Slopes(LayerBounds bounds, Tensor labels)
    {
        var logits = bounds.Output.Lower;
        var unit = eye(logits.size(1), dtype: logits.dtype, device: labels.device);
        return unit.index_select(0, labels).unsqueeze(0) - unit.unsqueeze(1);
    }

    private protected override LayerBounds Bounds(BoundedNetwork network, Interval box)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(LayerWidth);
        ArgumentOutOfRangeException.ThrowIfNegative(Steps);
        if (LayerWidth == 0)
            return new LayerBounds(network, box);
        var read = network.Nodes.Where(node => node.Layer is ReluBounds).Select(node => node.Input).ToHashSet();
        return new LayerBounds(network, box, (node, interval) =>
        {
            if (!read.Contains(node) || network.IsExactForIntervals(node))
                return null;
            var open = LayerBounds.Unsettled(interval);
            return open.logical_and(open.sum(1, keepdim: true).le(LayerWidth));
        });
    }

    /// <summary>Lower bounds [S, N] of s.y for the network's outputs, by fixed slopes and by each step's.</summary>
    Tensor Best(LayerBounds bounds, Tensor slope)
    {
        var best = bounds.Least(bounds.Last, slope);
        if (Steps == 0)
            return best;
        var slopes = bounds.FixedSlopes(bounds.Last).ToDictionary(
            entry => entry.Node,
            entry => entry.Slope.unsqueeze(0).expand([slope.size(0), .. entry.Slope.shape]).clone());
        for (var step = 0; step < Steps && slopes.Count > 0; step++)
        {
            using var scope = NewDisposeScope();
            using var recorded = enable_grad();
            Dictionary<int, Tensor> leaves =
                slopes.ToDictionary(entry => entry.Key, entry => entry.Value.detach().requires_grad_());
            var found = bounds.Least(bounds.Last, slope, leaves);
            // No ReLU is reached behind a layer that nothing is followed back through.
            if (!found.requires_grad)
                break;
            var gradients = autograd.grad([found.sum()], [.. leaves.Values], allow_unused: true);
            var better = maximum(best, found.detach()).MoveToOuterDisposeScope();
            best.Dispose();
            best = better;
            var size = StepSize * Math.Pow(0.1, step / (double)Steps);
            foreach (var ((place, leaf), gradient) in leaves.Zip(gradients))
            {
                if (gradient is not { IsInvalid: false })
                    continue;
                var moved = (leaf.detach() + (size * gradient.sign())).clamp(0, 1).MoveToOuterDisposeScope();
                slopes[place].Dispose();
                slopes[place] = moved;
            }
        }

        return best;
    }
}
