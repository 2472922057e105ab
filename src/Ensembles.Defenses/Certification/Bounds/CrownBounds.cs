using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Linear bounds followed back from the outputs to the images (CROWN, Zhang et al. 2018), and where steps are asked for
/// with the lower slopes of unstable ReLUs optimised (alpha-CROWN, Xu et al. 2021): any slope in [0, 1] is sound, and
/// the best bound of all steps is taken. Exact for linear networks; computed in float64.
/// </summary>
/// <remarks>
/// Bounds of the layers inside are intervals, computed backwards too where a ReLU reads them and no more than
/// <see cref="LayerWidth"/> of them are unsettled. What is returned is nowhere looser than
/// <see cref="IntervalBounds"/> but for rounding.
/// </remarks>
public sealed class CrownBounds : BoundMethod
{
    /// <summary>
    /// How many entries of a layer, unsettled for some image of the batch, are bounded backwards: each costs two passes
    /// back through the network. 0 leaves intervals inside, as CROWN-IBP does.
    /// </summary>
    public int LayerWidth { get; init; } = 256;

    /// <summary>Steps by which slopes are optimised; 0 for the fixed ones.</summary>
    public int Steps { get; init; }

    /// <summary>How far a step moves a slope at first; steps fall to a tenth of it.</summary>
    public double StepSize { get; init; } = 0.25;

    private protected override ScalarType TypeFor(ScalarType weights) => ScalarType.Float64;

    private protected override Interval Outputs(BoundedNetwork network, Interval box)
    {
        var bounds = Bounds(network, box);
        var last = network.Nodes.Count - 1;
        var shape = bounds.Output.Lower.shape;
        var count = bounds.Output.Lower[0].numel();
        var unit = eye(count, dtype: ScalarType.Float64, device: box.Lower.device)
            .view([count, 1, .. shape[1..]]).expand([count, .. shape]);
        return new Interval(
            Best(bounds, last, unit).t().view(shape), -Best(bounds, last, -unit).t().view(shape)).And(bounds.Output);
    }

    private protected override Tensor Differences(BoundedNetwork network, Interval box, Tensor labels)
    {
        var bounds = Bounds(network, box);
        var classes = bounds.Output.Lower.size(1);
        // e_y - e_k, [K, N, K]
        var unit = eye(classes, dtype: ScalarType.Float64, device: labels.device);
        var slopes = unit.index_select(0, labels).unsqueeze(0) - unit.unsqueeze(1);
        return maximum(
            Best(bounds, network.Nodes.Count - 1, slopes).t(), IntervalBounds.Differences(network, bounds, labels));
    }

    /// <summary>The bounds of all layers.</summary>
    internal LayerBounds Bounds(BoundedNetwork network, Interval box)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(LayerWidth);
        ArgumentOutOfRangeException.ThrowIfNegative(Steps);
        var read = network.Nodes.Where(node => node.Layer is ReluBounds).Select(node => node.Input).ToHashSet();
        return new LayerBounds(network, box, (node, interval) =>
            read.Contains(node)
            && !network.IsExactForIntervals(node)
            && LayerBounds.Unsettled(interval).size(0) is > 0 and var open && open <= LayerWidth);
    }

    /// <summary>Lower bounds [S, N] of s.y for a node's outputs, by fixed slopes and by each step's.</summary>
    Tensor Best(LayerBounds bounds, int node, Tensor slope)
    {
        var best = bounds.Least(node, slope);
        if (Steps == 0)
            return best;
        var slopes = bounds.FixedSlopes(node).ToDictionary(
            entry => entry.Node,
            entry => entry.Slope.unsqueeze(0).expand([slope.size(0), .. entry.Slope.shape]).clone());
        for (var step = 0; step < Steps && slopes.Count > 0; step++)
        {
            using var scope = NewDisposeScope();
            using var recorded = enable_grad();
            Dictionary<int, Tensor> leaves =
                slopes.ToDictionary(entry => entry.Key, entry => entry.Value.detach().requires_grad_());
            var found = bounds.Least(node, slope, leaves);
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
