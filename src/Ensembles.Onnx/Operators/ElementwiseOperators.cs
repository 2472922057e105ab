using Ensembles.Graphs;

namespace Ensembles.Onnx;

/// <summary>Operators on each element by itself, and softmax.</summary>
static class ElementwiseOperators
{
    public static IEnumerable<KeyValuePair<string, Func<NodeReading, IReadOnlyList<Value>>>> All =>
    [
        .. Enum.GetValues<UnaryFunction>().Select(function => Entry(
            function.ToString(), node => node.Of(new Unary(function), node.Input(0)))),
        .. Enum.GetValues<BinaryFunction>()
            .Where(function => function is not (BinaryFunction.Min or BinaryFunction.Max))
            .Select(function => Entry(
                function.ToString(), node => node.Of(new Binary(function), node.Input(0), Exponent(node, function)))),
        Entry("Sum", node => Chain(node, BinaryFunction.Add)),
        Entry("Max", node => Chain(node, BinaryFunction.Max)),
        Entry("Min", node => Chain(node, BinaryFunction.Min)),
        Entry("LeakyRelu", node => node.Of(new LeakyRelu(node.Float("alpha", 0.01f)), node.Input(0))),
        Entry("Elu", node => node.Of(new Elu(node.Float("alpha", 1)), node.Input(0))),
        Entry("Selu", node => node.Of(
            new Selu(node.Float("alpha", new Selu().Alpha), node.Float("gamma", new Selu().Gamma)), node.Input(0))),
        Entry("HardSigmoid", node => node.Of(
            new HardSigmoid(node.Float("alpha", 0.2f), node.Float("beta", 0.5f)), node.Input(0))),
        Entry("Gelu", node => node.Of(new Gelu(node.Text("approximate", "none") switch
        {
            "none" => false,
            "tanh" => true,
            var other => throw new InvalidDataException($"its approximate is {other}"),
        }), node.Input(0))),
        Entry("PRelu", node => node.Of(new PRelu(), node.Input(0), node.Input(1))),
        Entry("Clip", Clip),
        Entry("Dropout", Dropout),
        Entry("Softmax", node => Softmax(node, axis => new Softmax(axis))),
        Entry("LogSoftmax", node => Softmax(node, axis => new LogSoftmax(axis))),
        Entry("Where", node => node.Of(new Where(), node.Input(0), node.Input(1), node.Input(2))),
        Entry("Cast", node => node.Of(new Cast(ElementTypes.Computed(node.Int("to", 0))), node.Input(0))),
    ];

    internal static KeyValuePair<string, Func<NodeReading, IReadOnlyList<Value>>> Entry(
        string name, Func<NodeReading, IReadOnlyList<Value>> read) => new(name, read);

    /// <summary>The second input; an exponent may be of another type than what it stands on.</summary>
    static Value Exponent(NodeReading node, BinaryFunction function)
    {
        var (value, type) = (node.Input(1), node.Input(0).Type.Type);
        return function == BinaryFunction.Pow && value.Type.Type != type
            ? node.Of(new Cast(type), value)[0]
            : value;
    }

    static IReadOnlyList<Value> Chain(NodeReading node, BinaryFunction function)
    {
        var sum = node.Input(0);
        if (node.Inputs.Count == 1)
            return node.Of(new Unary(UnaryFunction.Identity), sum);
        for (var i = 1; i < node.Inputs.Count; i++)
            sum = node.Of(new Binary(function), sum, node.Input(i))[0];
        return [sum];
    }

    static IReadOnlyList<Value> Clip(NodeReading node)
    {
        if (node.Version >= 11)
            return node.Of(new Clip(node.Number(1), node.Number(2)), node.Input(0));
        var (least, most) = (node.Float("min", float.MinValue), node.Float("max", float.MaxValue));
        return node.Of(
            new Clip(least == float.MinValue ? null : least, most == float.MaxValue ? null : most), node.Input(0));
    }

    static IReadOnlyList<Value> Dropout(NodeReading node)
    {
        _ = node.Int("seed", 0);
        var probability = node.Version < 12 ? node.Float("ratio", 0.5f) : node.Number(1) ?? 0.5;
        if (node.Number(2) is { } training && training != 0)
            throw new InvalidDataException(
                "it drops at inference: the network was exported in training mode, and is to be exported after eval()");
        return node.Of(new Dropout(probability), node.Input(0));
    }

    /// <summary>Up to version 12 it is over all dimensions from the axis on.</summary>
    static IReadOnlyList<Value> Softmax(NodeReading node, Func<long, SingleOperation> over)
    {
        var (input, axis) = (node.Input(0), node.Int("axis", node.Version < 13 ? 1 : -1));
        var shape = input.Type.Shape;
        var first = shape.Axis(axis);
        if (node.Version >= 13 || shape.Skip(first + 1).All(size => size == 1))
            return node.Of(over(axis), input);
        var rows = node.Of(new Flatten(first), input)[0];
        var flat = node.Of(over(-1), rows)[0];
        return node.Of(new Reshape(SizesOf(shape)), flat);
    }

    /// <summary>A shape as a reshape writes it.</summary>
    internal static IReadOnlyList<long> SizesOf(Shape shape) =>
        [.. shape.Select(size => size.IsBatch ? -1 : size.Factor)];
}
