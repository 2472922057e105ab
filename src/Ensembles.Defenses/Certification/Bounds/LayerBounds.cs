using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>Where the outputs of every layer lie while the images lie in a box, and lower bounds followed back.
/// </summary>
sealed class LayerBounds
{
    readonly BoundedNetwork network;
    readonly Interval images;
    readonly Interval[] outputs;

    /// <summary>Interval bounds of every node, each tightened where somebody does.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">Where the images lie, each [N, C, H, W], in the network's type.</param>
    /// <param name="tighten">
    /// Whether the bounds of a node are computed backwards too, given its place and its interval bounds.
    /// </param>
    /// <param name="clip">What is known of a node besides, given its place and its bounds so far.</param>
    public LayerBounds(
        BoundedNetwork network, Interval images, Func<int, Interval, bool>? tighten = null,
        Func<int, Interval, Interval>? clip = null)
    {
        (this.network, this.images) = (network, images);
        outputs = new Interval[network.Nodes.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = Forward(network.Nodes[i]);
            if (tighten?.Invoke(i, outputs[i]) == true)
                outputs[i] = Tightened(i);
            if (clip is not null)
                outputs[i] = clip(i, outputs[i]);
        }
    }

    /// <summary>Where the network's outputs lie.</summary>
    public Interval Output => outputs[^1];

    /// <summary>Where what a node reads lies.</summary>
    public Interval Input(int node) => Of(network.Nodes[node].Input);

    /// <summary>The bounds of a node's outputs, or of the images for -1.</summary>
    public Interval Of(int node) => node < 0 ? images : outputs[node];

    /// <summary>
    /// Lower bounds [S, N] of s.y over the box, for y the outputs of a node: s is followed back to the images, through
    /// linear bounds of each layer (CROWN, Zhang et al. 2018).
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="slope">s, [S, N, ...].</param>
    /// <param name="lowerSlopes">Slopes of unstable ReLUs from below, by node; null for the fixed ones.</param>
    public Tensor Least(int node, Tensor slope, IReadOnlyDictionary<int, Tensor>? lowerSlopes = null)
    {
        var bound = new LinearBound(slope) { LowerSlopes = lowerSlopes };
        if (Back(node, slope, bound) is { } ofImages)
            bound.AddLeast(ofImages, images);
        return bound.Constant;
    }

    /// <summary>
    /// a, [S, N, C, H, W], and c, [S, N], with a.x + c at most s.y for every image x of the box and the outputs y of a
    /// node.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="slope">s, [S, N, ...].</param>
    public (Tensor OfImages, Tensor Constant) Linear(int node, Tensor slope)
    {
        var bound = new LinearBound(slope);
        var ofImages = Back(node, slope, bound) ?? zeros_like(images.Lower).unsqueeze(0);
        bound.Loose(ofImages, images.Magnitude, terms: 1);
        return (ofImages, bound.Constant);
    }

    /// <summary>Follows s back; what is left of it at the images, null for nothing.</summary>
    Tensor? Back(int node, Tensor slope, LinearBound bound)
    {
        var slopes = new Dictionary<int, Tensor> { [node] = slope };
        for (var i = node; i >= 0; i--)
        {
            if (!slopes.Remove(i, out var here))
                continue;
            var (layer, input, second) = network.Nodes[i];
            if (layer is null)
            {
                bound.Loose(here, Of(input).Magnitude + Of(second).Magnitude, terms: 2);
                Join(input, here);
                Join(second, here);
            }
            else if (layer.Backward(here, new Passage(i, Of(input), outputs[i]), bound) is { } passed)
                Join(input, passed);
        }

        return slopes.GetValueOrDefault(-1);

        void Join(int to, Tensor passed) =>
            slopes[to] = slopes.TryGetValue(to, out var before) ? before + passed : passed;
    }

    /// <summary>
    /// The fixed lower slopes [N, ...] of the ReLUs up to a node that are not settled for some image.
    /// </summary>
    public IEnumerable<(int Node, Tensor Slope)> FixedSlopes(int node)
    {
        for (var i = 0; i <= node; i++)
        {
            if (network.Nodes[i].Layer is ReluBounds && Unsettled(Input(i)).size(0) > 0)
                yield return (i, ReluBounds.FixedSlopes(Input(i)));
        }
    }

    Interval Forward(BoundedNetwork.Node node)
    {
        if (node.Layer is { } layer)
            return layer.Forward(Of(node.Input));
        var (left, right) = (Of(node.Input), Of(node.Second));
        return new Interval(left.Lower + right.Lower, left.Upper + right.Upper)
            .Widened((left.Magnitude + right.Magnitude) * Rounding.Of(terms: 2));
    }

    /// <summary>The bounds of a node with those computed backwards, where a ReLU behind it is not settled.</summary>
    Interval Tightened(int node)
    {
        const int AtOnce = 128;
        var (before, shape) = (outputs[node], outputs[node].Lower.shape);
        var (lower, upper) = (before.Lower.flatten(1), before.Upper.flatten(1));
        var open = Unsettled(before);
        for (var start = 0L; start < open.size(0); start += AtOnce)
        {
            var entries = open.narrow(0, start, Math.Min(AtOnce, open.size(0) - start));
            var places = entries.unsqueeze(1);
            var unit = zeros([entries.size(0), lower.size(1)], dtype: lower.dtype, device: lower.device)
                .scatter_(1, places, ones_like(places, lower.dtype))
                .view([-1, 1, .. shape[1..]]).expand([-1, shape[0], .. Kept(shape)]);
            lower = lower.index_copy(
                1, entries, maximum(lower.index_select(1, entries), Least(node, unit).t()));
            upper = upper.index_copy(
                1, entries, minimum(upper.index_select(1, entries), -Least(node, -unit).t()));
        }

        return new Interval(lower.view(shape), upper.view(shape));

        static IEnumerable<long> Kept(long[] shape) => Enumerable.Repeat(-1L, shape.Length - 1);
    }

    /// <summary>Places [S] of the outputs of a node that may have either sign for some image.</summary>
    public static Tensor Unsettled(Interval outputs) =>
        outputs.Lower.lt(0).logical_and(outputs.Upper.gt(0)).flatten(1).any(0).nonzero().flatten();
}
