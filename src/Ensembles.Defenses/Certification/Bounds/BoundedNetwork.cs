using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// A module in evaluation mode as layers that can be bounded, each behind those that it reads. Its weights are the
/// module's own, so that a bound has their gradient.
/// </summary>
sealed class BoundedNetwork
{
    /// <summary>A layer, or the sum of two nodes where there is none.</summary>
    /// <param name="Layer">The layer.</param>
    /// <param name="Input">The node that it reads; -1 for the images.</param>
    /// <param name="Second">Of a sum, the other node.</param>
    public sealed record Node(BoundedLayer? Layer, int Input, int Second = -1);

    readonly List<Node> nodes = [];

    /// <summary>Of each node those that read it.</summary>
    readonly List<List<int>> readers = [];

    BoundedNetwork(ScalarType type) => Type = type;

    /// <summary>What its bounds are computed in.</summary>
    public ScalarType Type { get; }

    /// <summary>
    /// The nodes, in an order in which each comes behind those that it reads; the last is the output.
    /// </summary>
    public IReadOnlyList<Node> Nodes => nodes;

    /// <summary>Takes modules in evaluation mode apart, to be bounded in the type of their weights.</summary>
    /// <param name="row">Images [N, C, H, W] to outputs, one after the other.</param>
    /// <exception cref="NotSupportedException">A part that no bound passes; the message names it.</exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static BoundedNetwork Of(params IReadOnlyList<nn.Module<Tensor, Tensor>> row)
    {
        if (row.SelectMany(module => module.modules().Prepend(module)).FirstOrDefault(part => part.training) is
            { } training)
            throw new InvalidOperationException(
                $"{training.GetName()} is in training mode, and bounds are of answers in a test: call eval() first.");
        var types = row.SelectMany(module => module.parameters()).Select(p => p.dtype).Distinct().ToArray();
        return Of(row, types is [] ? ScalarType.Float32
            : types is [ScalarType.Float32 or ScalarType.Float64] ? types[0]
            : throw new NotSupportedException(
                $"{row[^1].GetName()} computes in {string.Join(" and ", types)}; bounds are for float32 or float64."));
    }

    /// <summary>The same in a type of one's own, whatever mode the modules are in.</summary>
    /// <param name="row">Images [N, C, H, W] to outputs, one after the other.</param>
    /// <param name="type">What the bounds are computed in.</param>
    /// <exception cref="NotSupportedException">A part that no bound passes; the message names it.</exception>
    public static BoundedNetwork Of(IReadOnlyList<nn.Module<Tensor, Tensor>> row, ScalarType type)
    {
        if (row.FirstOrDefault(Draws.IsRandomized) is { } random)
            throw Refused($"{random.GetType().Name} draws random numbers");
        var network = new BoundedNetwork(type);
        network.Add(LayerWalk.Row(row), -1);
        return network.nodes.Count > 0 ? network : throw new NotSupportedException(
            $"{row[^1].GetType().Name} has no layers that do anything: there is nothing to bound.");
    }

    /// <summary>What reads a node's outputs, where that is one layer; null for several, a sum or nobody.</summary>
    public BoundedLayer? OnlyReader(int node) => readers[node] is [var one] ? nodes[one].Layer : null;

    /// <summary>Whether no other node reads what this one does, which is a node's outputs.</summary>
    public bool IsOnlyReader(int node) => nodes[node].Input is >= 0 and var input && readers[input].Count == 1;

    /// <summary>
    /// Whether intervals are the best bounds of a node's outputs: between it and a box there is one linear layer and
    /// otherwise only what acts on each entry by itself.
    /// </summary>
    public bool IsExactForIntervals(int node)
    {
        for (var linear = 0; node >= 0; node = nodes[node].Input)
        {
            switch (nodes[node].Layer)
            {
                case StatedBounds:
                    return true;
                case ScaleBounds or FlattenBounds:
                    break;
                case AffineBounds when linear++ == 0:
                    break;
                default:
                    return false;
            }
        }

        return true;
    }

    /// <summary>Adds layers behind a node; the last of them.</summary>
    int Add(IEnumerable<Layer> layers, int behind)
    {
        foreach (var layer in layers)
            behind = Add(layer, behind);
        return behind;
    }

    int Add(Layer layer, int behind) => layer switch
    {
        LayerSum sum => Added(new Node(
            null, Add(LayerWalk.Row(sum.Branch), behind), Add(LayerWalk.Row(sum.Shortcut), behind))),
        KnownLayer known => Added(new Node(Known(known.Module), behind)),
        OwnForwardLayer own => Added(new Node(Stated(own.Module), behind)),
        UnknownLayer unknown => throw Refused(unknown.Obstacle),
        _ => throw Refused($"{layer.GetType().Name} is new here"),
    };

    int Added(Node node)
    {
        foreach (var input in new[] { node.Input, node.Second }.Where(read => read >= 0))
            readers[input].Add(nodes.Count);
        nodes.Add(node);
        readers.Add([]);
        return nodes.Count - 1;
    }

    BoundedLayer Known(nn.Module module) => module switch
    {
        Conv2d c => new ConvolutionBounds(c, Typed(c.weight!), c.bias is null ? null : Typed(c.bias)),
        Linear l => new FullyConnectedBounds(Typed(l.weight!), l.bias is null ? null : Typed(l.bias)),
        NormBase norm => Normalization(norm),
        IAffine affine => new ScaleBounds(
            Typed(affine.Scale ?? ones_like(affine.Shift)), Typed(affine.Shift), Typed(affine.Shift).abs()),
        ReLU => new ReluBounds(),
        MaxPool2d pool => new MaxPoolingBounds(pool),
        AvgPool2d p => new AveragePoolingBounds(x => nn.functional.avg_pool2d(
            x, p.kernel_size, p.stride, p.padding, p.ceil_mode, p.count_include_pad)),
        AdaptiveAvgPool2d p => new AveragePoolingBounds(x => nn.functional.adaptive_avg_pool2d(x, p.output_size)),
        Flatten flatten => new FlattenBounds(flatten),
        _ => throw Refused($"{module.GetType().Name} has no bounds"),
    };

    /// <summary>y = (x - mean) / sqrt(var + eps) w + b, as scale and shift.</summary>
    ScaleBounds Normalization(NormBase norm)
    {
        if (norm.running_mean is not { } mean || norm.running_var is not { } variance)
            throw Refused($"{norm.GetName()} normalises by the batch it is in");
        var scale = variance.to_type(ScalarType.Float64).add(norm.eps).rsqrt();
        if (norm.weight is { } weight)
            scale = scale * weight;
        var (shift, terms) = (-mean * scale, (mean * scale).abs());
        if (norm.bias is { } bias)
            (shift, terms) = (shift + bias, terms + bias.abs());
        return new ScaleBounds(Typed(scale), Typed(shift), Typed(terms));
    }

    static BoundedLayer Stated(nn.Module<Tensor, Tensor> module)
    {
        switch (module)
        {
            case IIntervalMap stated:
                return new StatedBounds(stated.interval);
            case IRising:
                return new StatedBounds((lower, upper) => (module.call(lower), module.call(upper)));
            case ILinearMap:
                return new MatrixBounds(module);
            default:
                throw Refused($"{module.GetType().Name} has its own forward");
        }
    }

    Tensor Typed(Tensor values) => values.to_type(Type);

    static NotSupportedException Refused(string obstacle) => new(
        $"No bound passes the network: {obstacle}. Bounds know Conv2d with zeros around the image, Linear, batch "
        + "normalisation with running statistics, ReLU, pooling, Flatten, dropout, and what says that it is "
        + $"{nameof(ILayered)}, {nameof(IResidual)}, {nameof(IAffine)}, {nameof(ILinearMap)}, {nameof(IRising)} or "
        + $"{nameof(IIntervalMap)}. Let it say so, or certify by randomised smoothing, which takes anything.");
}
