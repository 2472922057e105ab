using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>Where the outputs of every layer lie while the images lie in a box, and lower bounds followed back.
/// </summary>
sealed class LayerBounds
{
    readonly BoundedNetwork network;
    readonly Interval images;
    readonly Interval[] outputs;

    /// <summary>Of each node what rounding may move its outputs by, once somebody asked for it.</summary>
    readonly Dictionary<int, Tensor?> rounded = [];

    /// <summary>Interval bounds of every node, each tightened where somebody does.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">Where the images lie, each [N, C, H, W], in the network's type.</param>
    /// <param name="tighten">
    /// Which outputs of a node are bounded backwards too, bool [N, D], given its place and its interval bounds; null
    /// for none.
    /// </param>
    /// <param name="clip">What is known of a node besides, given its place and its bounds so far.</param>
    public LayerBounds(
        BoundedNetwork network, Interval images, Func<int, Interval, Tensor?>? tighten = null,
        Func<int, Interval, Interval>? clip = null)
    {
        (this.network, this.images) = (network, images);
        outputs = new Interval[network.Nodes.Count];
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = Forward(network.Nodes[i]);
            if (tighten?.Invoke(i, outputs[i]) is { } wanted)
                outputs[i] = Tightened(i, wanted);
            if (clip is not null)
                outputs[i] = clip(i, outputs[i]);
        }
    }

    /// <summary>The node whose outputs are the network's.</summary>
    public int Last => outputs.Length - 1;

    /// <summary>The layer there; null for a sum.</summary>
    public BoundedLayer? LastLayer => network.Nodes[^1].Layer;

    /// <summary>Where the network's outputs lie.</summary>
    public Interval Output => outputs[^1];

    /// <summary>Where what a node reads lies.</summary>
    public Interval Input(int node) => Of(network.Nodes[node].Input);

    /// <summary>The bounds of a node's outputs, or of the images for -1.</summary>
    public Interval Of(int node) => node < 0 ? images : outputs[node];

    /// <summary>
    /// Lower bounds, float64 [S, N], of s.y over the box, for y the outputs of a node: s is followed back to the
    /// images, through linear bounds of each layer (CROWN, Zhang et al. 2018).
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
        bound.TakeOff(ofImages, images.Magnitude * Rounding.Of(terms: 1));
        return (ofImages, bound.Constant);
    }

    /// <summary>Follows s back; what is left of it at the images, null for nothing.</summary>
    Tensor? Back(int node, Tensor slope, LinearBound bound)
    {
        for (var i = 0; i <= node; i++)
            Rounded(i);
        var slopes = new Dictionary<int, Tensor> { [node] = slope };
        for (var i = node; i >= 0; i--)
        {
            if (slopes.Remove(i, out var here))
                Step(i, here);
        }

        return slopes.GetValueOrDefault(-1);

        // A layer's own tensors are let go before the next layer makes as many.
        void Step(int i, Tensor here)
        {
            using var scope = NewDisposeScope();
            var (before, (layer, input, second)) = (bound.Constant, network.Nodes[i]);
            if (Rounded(i) is { } moved)
                bound.TakeOff(here, moved);
            if (layer is null)
            {
                Join(input, here.alias());
                Join(second, here.alias());
            }
            else if (layer.Backward(here, new Passage(i, Of(input), outputs[i]), bound) is { } passed)
            {
                if (!network.IsOnlyReader(i) && layer.RoundedInput(Of(input)) is { } movedInput)
                    bound.TakeOff(passed, movedInput);
                Join(input, passed);
            }

            if (!ReferenceEquals(bound.Constant, before))
                bound.Constant.MoveToOuterDisposeScope();
            if (i != node)
                here.Dispose();
        }

        void Join(int to, Tensor passed)
        {
            if (slopes.Remove(to, out var before))
            {
                slopes[to] = (before + passed).MoveToOuterDisposeScope();
                before.Dispose();
            }
            else
                slopes[to] = passed.MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// What rounding may move a node's outputs by, with that of the layer behind it where it is the only one that reads
    /// them: the slopes there are then its own.
    /// </summary>
    Tensor? Rounded(int node)
    {
        if (rounded.TryGetValue(node, out var known))
            return known;
        var (layer, input, second) = network.Nodes[node];
        var own = layer is null
            ? (Of(input).Magnitude + Of(second).Magnitude) * Rounding.Of(terms: 2)
            : layer.Rounded(Of(input), outputs[node]);
        var behind = network.OnlyReader(node) is { } reader ? reader.RoundedInput(outputs[node]) : null;
        return rounded[node] = own is null ? behind : behind is null ? own : own + behind;
    }

    /// <summary>
    /// The fixed lower slopes [N, ...] of the ReLUs up to a node that are not settled for some image.
    /// </summary>
    public IEnumerable<(int Node, Tensor Slope)> FixedSlopes(int node)
    {
        for (var i = 0; i <= node; i++)
        {
            if (network.Nodes[i].Layer is ReluBounds && Unsettled(Input(i)).any().item<bool>())
                yield return (i, ReluBounds.FixedSlopes(Input(i)));
        }
    }

    Interval Forward(BoundedNetwork.Node node)
    {
        node.Layer?.Learn(Of(node.Input));
        using var scope = NewDisposeScope();
        return (node.Layer is { } layer ? layer.Forward(Of(node.Input)) : Sum(Of(node.Input), Of(node.Second)))
            .MoveToOuterDisposeScope();
    }

    static Interval Sum(Interval left, Interval right) =>
        new Interval(left.Lower + right.Lower, left.Upper + right.Upper)
            .Widened((left.Magnitude + right.Magnitude) * Rounding.Of(terms: 2));

    /// <summary>
    /// The bounds of a node with those of some entries computed backwards too, as many of each image as of the image
    /// that has most.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="wanted">Which entries, bool [N, D].</param>
    Interval Tightened(int node, Tensor wanted)
    {
        const int AtOnce = 32;
        var (before, shape) = (outputs[node], outputs[node].Lower.shape);
        var most = wanted.sum(1).max().item<long>();
        if (most == 0)
            return before;
        var (lower, upper) = (before.Lower.flatten(1), before.Upper.flatten(1));
        // [N, S]; the images that have fewer get others as well, which is as sound.
        var entries = wanted.to_type(ScalarType.Float32).topk((int)most, 1).indexes;
        for (var start = 0L; start < most; start += AtOnce)
        {
            var some = entries.narrow(1, start, Math.Min(AtOnce, most - start));
            var places = some.t().unsqueeze(2);
            var unit = zeros([some.size(1), .. lower.shape], dtype: lower.dtype, device: lower.device)
                .scatter_(2, places, ones_like(places, lower.dtype))
                .view([-1, .. shape]);
            lower = lower.scatter(1, some, maximum(lower.gather(1, some), Down(Least(node, unit))));
            upper = upper.scatter(1, some, minimum(upper.gather(1, some), -Down(Least(node, -unit))));
        }

        return new Interval(lower.view(shape), upper.view(shape));

        // As numbers of the bounds' own type, not above what they were.
        Tensor Down(Tensor least) => (least - (least.abs() * Rounding.Of(terms: 1))).t().to_type(lower.dtype);
    }

    /// <summary>Which outputs of a node may have either sign, bool [N, D].</summary>
    public static Tensor Unsettled(Interval outputs) =>
        outputs.Lower.lt(0).logical_and(outputs.Upper.gt(0)).flatten(1);
}
