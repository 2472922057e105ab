using Ensembles.Graphs;
using static Ensembles.Onnx.ElementwiseOperators;

namespace Ensembles.Onnx;

/// <summary>Operators that take a value apart, put values together, or put something around them.</summary>
static class PartOperators
{
    public static IEnumerable<KeyValuePair<string, Func<NodeReading, IReadOnlyList<Value>>>> All =>
    [
        Entry("Concat", node => node.Of(new Concat(node.Int("axis", 1)), node.Inputs)),
        Entry("Slice", Slice),
        Entry("Split", Split),
        Entry("Gather", Gather),
        Entry("Pad", Pad),
    ];

    static IReadOnlyList<Value> Slice(NodeReading node)
    {
        IReadOnlyList<long> Numbers(string name, int input, IReadOnlyList<long>? otherwise) =>
            node.Longs(name, input, inputFrom: 10) ?? otherwise
                ?? throw new InvalidDataException($"it does not say its {name}");
        var starts = Numbers("starts", 1, null);
        var ends = Numbers("ends", 2, null);
        var axes = Numbers("axes", 3, [.. Enumerable.Range(0, starts.Count).Select(i => (long)i)]);
        var steps = node.Version < 10 ? null : node.Longs(4);
        steps ??= [.. starts.Select(_ => 1L)];
        if (ends.Count != starts.Count || axes.Count != starts.Count || steps.Count != starts.Count)
            throw new InvalidDataException(
                $"it has {starts.Count} starts, {ends.Count} ends, {axes.Count} axes and {steps.Count} steps");
        IReadOnlyList<Value> sliced = [node.Input(0)];
        for (var i = 0; i < starts.Count; i++)
            sliced = node.Of(new Slice(axes[i], starts[i], ends[i], steps[i]), sliced[0]);
        return starts.Count > 0 ? sliced : node.Of(new Unary(UnaryFunction.Identity), node.Input(0));
    }

    static IReadOnlyList<Value> Split(NodeReading node)
    {
        var (shape, axis) = (node.Input(0).Type.Shape, node.Int("axis", 0));
        var parts = node.Int("num_outputs", node.OutputCount);
        var sizes = node.Longs("split", 1, inputFrom: 13);
        if (sizes is null)
        {
            var size = shape[shape.Axis(axis)];
            if (size.IsBatch || parts < 1 || parts > size.Factor)
                throw new InvalidDataException($"it cuts {node.Input(0).Type} into {parts} parts in dimension {axis}");
            var each = (size.Factor + parts - 1) / parts;
            sizes = [.. Enumerable.Range(0, (int)parts).Select(i => Math.Clamp(size.Factor - (i * each), 0, each))];
        }

        return node.Of(new Split(axis, sizes), node.Input(0));
    }

    static IReadOnlyList<Value> Gather(NodeReading node)
    {
        var (axis, places) = (node.Int("axis", 0), node.Input(1));
        if (places.Type.Type == TorchSharp.torch.ScalarType.Int32)
            places = node.Of(new Cast(TorchSharp.torch.ScalarType.Int64), places)[0];
        return node.Of(new Gather(axis), node.Input(0), places);
    }

    static IReadOnlyList<Value> Pad(NodeReading node)
    {
        var mode = node.Text("mode", "constant") switch
        {
            "constant" => PadMode.Constant,
            "reflect" => PadMode.Reflect,
            "edge" => PadMode.Edge,
            var other => throw new InvalidDataException($"its mode is {other}"),
        };
        var pads = node.Longs("pads", 1, inputFrom: 11) ?? throw new InvalidDataException("it does not say how much");
        var value = node.Version < 11 ? node.Float("value", 0) : (float)(node.Number(2) ?? 0);
        var rank = node.Input(0).Type.Shape.Count;
        var axes = node.Version < 18 ? null : node.Longs(3);
        axes ??= [.. Enumerable.Range(0, rank).Select(i => (long)i)];
        if (pads.Count != 2 * axes.Count)
            throw new InvalidDataException($"it has {pads.Count} numbers for {axes.Count} dimensions");
        var (before, after) = (new long[rank], new long[rank]);
        for (var i = 0; i < axes.Count; i++)
        {
            var axis = node.Input(0).Type.Shape.Axis(axes[i]);
            (before[axis], after[axis]) = (pads[i], pads[i + axes.Count]);
        }

        return node.Of(new Pad(before, after, mode, value), node.Input(0));
    }
}
