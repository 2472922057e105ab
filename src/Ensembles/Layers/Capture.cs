using System.Diagnostics.CodeAnalysis;
using Ensembles.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Writes modules in evaluation mode into a graph: the layers that <see cref="LayerWalk"/> finds.</summary>
sealed class Capture
{
    readonly GraphBuilder graph;
    readonly Dictionary<IntPtr, string> names = [];
    readonly Dictionary<IntPtr, Value> weights = [];

    /// <summary>Begins a graph.</summary>
    /// <param name="name">The graph's name.</param>
    /// <param name="whole">The module whose names the weights have.</param>
    public Capture(string name, nn.Module whole)
    {
        graph = new(name) { Calls = Of, Holds = Held };
        foreach (var (path, tensor) in whole.state_dict())
            names[tensor.Handle] = path;
    }

    /// <summary>The graph that is written.</summary>
    public GraphBuilder Graph => graph;

    /// <summary>What a module gives of a value.</summary>
    /// <exception cref="GraphException">
    /// A part that is not known to a graph, or does not fit what it is given.
    /// </exception>
    public Value Of(nn.Module<Tensor, Tensor> module, Value input) =>
        module is IGraphSource source && !Hooks.Any(module)
            ? source.Build(graph, input)
            : Row(LayerWalk.Of(module), input);

    Value Row(IEnumerable<Layer> layers, Value input) => layers.Aggregate(input, (value, part) => part switch
    {
        KnownLayer known => Known(known.Module, value),
        LayerSum sum => graph.Add(
            new Binary(BinaryFunction.Add),
            sum.Branch.Aggregate(value, (x, module) => Of(module, x)),
            sum.Shortcut.Aggregate(value, (x, module) => Of(module, x))),
        OwnForwardLayer { Module: IGraphSource source } => source.Build(graph, value),
        OwnForwardLayer own => Own(own.Module, value),
        UnknownLayer unknown => throw new GraphException($"{unknown.Obstacle}."),
        _ => throw new NotSupportedException($"{part}"),
    });

    Value Known(nn.Module module, Value x)
    {
        switch (module)
        {
            case Conv2d convolution:
                return graph.Add(
                    new Conv(WindowOf(convolution.weight!.shape[2..], convolution.stride, convolution.padding!,
                        convolution.dilation), convolution.groups),
                    x, Weight("weight", convolution.weight!), Weight("bias", convolution.bias));
            case Linear linear:
                return Product(linear, x);
            case NormBase norm:
                return Norm(norm, x);
            case IAffine affine:
                return Affine(affine, x);
            case ReLU:
                return graph.Add(new Unary(UnaryFunction.Relu), x);
            case TorchSharp.Modules.Flatten flatten:
                return new Term(graph, x).flatten(flatten.start_dim, flatten.end_dim).Value;
            case MaxPool2d { kernel_size: { } size } p:
                return graph.Add(
                    new MaxPool(WindowOf(size, p.stride ?? size, p.padding, p.dilation) with { Ceiling = p.ceil_mode }),
                    x);
            case AvgPool2d { kernel_size: { } size } p:
                return graph.Add(
                    new AveragePool(
                        WindowOf(size, p.stride ?? size, p.padding, null) with { Ceiling = p.ceil_mode },
                        p.count_include_pad),
                    x);
            case AdaptiveAvgPool2d p:
                return new Term(graph, x).adaptive_avg_pool2d(p.output_size).Value;
            default:
                throw new GraphException($"{module.GetType().Name} is a layer that no graph has yet.");
        }
    }

    /// <summary>What runs a forward of its own: it writes itself down, or torch's class says what it is.</summary>
    Value Own(nn.Module<Tensor, Tensor> module, Value x)
    {
        return module switch
        {
            GraphModule inner => graph.Add(inner.Graph, [x], inner.Tensors)[0],
            _ when TorchLayers.Of(module, new(graph, x), Held) is { } made => made.Value,
            _ => throw new GraphException(
                $"{module.GetType().Name} has a forward of its own, which no graph is made of. "
                    + Advice(module.GetType())),
        };
    }

    static string Advice(Type type) => type.Assembly.GetName().Name switch
    {
        nameof(TorchSharp) or "Ensembles" or "Ensembles.Training" or "Ensembles.Defenses" =>
            $"It comes with {type.Assembly.GetName().Name} and stays as it is.",
        _ => "Make the class partial"
            + (type.IsDefined(typeof(DefenseAttribute), inherit: false) ? "" : " and mark it with [Compiled]")
            + ": its forward is read then, and ENS0301 says what in it cannot be.",
    };

    Value Product(Linear linear, Value x)
    {
        if (x.Type.Shape.Count == 2)
            return graph.Add(
                new Gemm { TransposesB = true }, x, Weight("weight", linear.weight!), Weight("bias", linear.bias));
        var transposed = graph.Add(new Transpose([1, 0]), Weight("weight", linear.weight!));
        var product = graph.Add(new MatMul(), x, transposed);
        return linear.bias is { } bias
            ? graph.Add(new Binary(BinaryFunction.Add), product, Weight("bias", bias))
            : product;
    }

    Value Norm(NormBase norm, Value x)
    {
        if (norm.running_mean is not { } mean || norm.running_var is not { } variance)
            throw new GraphException(
                $"{norm.GetName()} normalises by the batch it is in, so that a decision depends on the other images.");
        return graph.Add(
            new BatchNormalization((float)norm.eps), x,
            Weight("weight", norm.weight ?? ones_like(variance)), Weight("bias", norm.bias ?? zeros_like(mean)),
            Weight("running_mean", mean), Weight("running_var", variance));
    }

    Value Affine(IAffine affine, Value x)
    {
        if (affine.Scale is { } scale)
            x = graph.Add(new Binary(BinaryFunction.Mul), x, Weight("scale", Channelwise(scale, x)));
        return graph.Add(new Binary(BinaryFunction.Add), x, Weight("shift", Channelwise(affine.Shift, x)));

        static Tensor Channelwise(Tensor numbers, Value x) =>
            numbers.numel() == 1 || x.Type.Shape.Count == 2 ? numbers : numbers.reshape(-1, 1, 1);
    }

    [return: NotNullIfNotNull(nameof(tensor))]
    Value? Weight(string role, Tensor? tensor) => tensor is null ? null : Held(role, tensor);

    /// <summary>
    /// A weight under its name in the state dict, one that several layers share once; or a constant that stands in no
    /// state dict.
    /// </summary>
    Value Held(string role, Tensor tensor)
    {
        if (!names.TryGetValue(tensor.Handle, out var name))
            return graph.Constant(tensor, role);
        if (!weights.TryGetValue(tensor.Handle, out var weight))
            weights[tensor.Handle] = weight = graph.Weight(name, tensor);
        return weight;
    }

    static Window WindowOf(long[] size, long[]? stride, long[]? padding, long[]? dilation)
    {
        var (down, right) = Pair(padding, 0);
        return new(size[0], size[^1])
        {
            Strides = Pair(stride, 1),
            Padding = new(down, right, down, right),
            Dilations = Pair(dilation, 1),
        };

        static (long, long) Pair(long[]? numbers, long otherwise) =>
            numbers is not { Length: > 0 } ? (otherwise, otherwise) : (numbers[0], numbers[^1]);
    }
}
