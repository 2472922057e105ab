using Ensembles.Graphs;
using static Ensembles.Onnx.ElementwiseOperators;

namespace Ensembles.Onnx;

/// <summary>Operators that make one element of many.</summary>
static class ReduceOperators
{
    public static IEnumerable<KeyValuePair<string, Func<NodeReading, IReadOnlyList<Value>>>> All =>
    [
        .. Enum.GetValues<ReduceFunction>().Select(function => Entry(
            function.ToString(), node => Reduce(node, function))),
        Entry("ArgMax", ArgMax),
        Entry("TopK", TopK),
    ];

    static IReadOnlyList<Value> Reduce(NodeReading node, ReduceFunction function)
    {
        var axes = node.Longs("axes", 1, inputFrom: function == ReduceFunction.ReduceSum ? 13 : 18);
        if (axes is null or { Count: 0 } && node.Int("noop_with_empty_axes", 0) != 0)
            return node.Of(new Unary(UnaryFunction.Identity), node.Input(0));
        if (axes is null or { Count: 0 })
            axes = [.. Enumerable.Range(0, node.Input(0).Type.Shape.Count).Select(i => (long)i)];
        _ = node.Int("noop_with_empty_axes", 0);
        return node.Of(new Reduce(function, axes, node.Int("keepdims", 1) != 0), node.Input(0));
    }

    static IReadOnlyList<Value> ArgMax(NodeReading node)
    {
        node.Only("select_last_index", 0);
        return node.Of(new ArgMax(node.Int("axis", 0), node.Int("keepdims", 1) != 0), node.Input(0));
    }

    static IReadOnlyList<Value> TopK(NodeReading node)
    {
        node.Only("largest", 1);
        node.Only("sorted", 1);
        var count = node.Version < 10 ? node.Int("k", 1) : node.Longs(1) is [var k] ? k
            : throw new InvalidDataException("it does not say how many");
        return node.Of(new TopK(count, node.Int("axis", -1)), node.Input(0));
    }
}
