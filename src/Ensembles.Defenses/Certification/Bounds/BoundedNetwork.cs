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

    readonly ScalarType type;
    readonly List<Node> nodes = [];

    BoundedNetwork(ScalarType type) => this.type = type;

    /// <summary>
    /// The nodes, in an order in which each comes behind those that it reads; the last is the output.
    /// </summary>
    public IReadOnlyList<Node> Nodes => nodes;

    /// <summary>Takes a module apart.</summary>
    /// <param name="module">Images [N, C, H, W] to outputs.</param>
    /// <param name="type">What the bounds are computed in.</param>
    /// <exception cref="NotSupportedException">A part that no bound passes; the message names it.</exception>
    public static BoundedNetwork Of(nn.Module<Tensor, Tensor> module, ScalarType type)
    {
        if (Draws.IsRandomized(module))
            throw Refused($"{module.GetType().Name} draws random numbers");
        var network = new BoundedNetwork(type);
        network.Add(LayerWalk.Of(module), -1);
        return network.nodes.Count > 0 ? network : throw new NotSupportedException(
            $"{module.GetType().Name} has no layers that do anything: there is nothing to bound.");
    }

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
        nodes.Add(node);
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

    Tensor Typed(Tensor values) => values.to_type(type);

    static NotSupportedException Refused(string obstacle) => new(
        $"No bound passes the network: {obstacle}. Bounds know Conv2d with zeros around the image, Linear, batch "
        + "normalisation with running statistics, ReLU, pooling, Flatten, dropout, and what says that it is "
        + $"{nameof(ILayered)}, {nameof(IResidual)}, {nameof(IAffine)}, {nameof(ILinearMap)}, {nameof(IRising)} or "
        + $"{nameof(IIntervalMap)}. Let it say so, or certify by randomised smoothing, which takes anything.");
}
