using Ensembles.Graphs;
using static Ensembles.Onnx.ElementwiseOperators;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>Operators that give the same elements in another shape, shapes themselves, and constants.</summary>
static class ShapeOperators
{
    const long MostOfConstant = 1 << 20;

    public static IEnumerable<KeyValuePair<string, Func<NodeReading, IReadOnlyList<Value>>>> All =>
    [
        Entry("Reshape", Reshape),
        Entry("Flatten", node => node.Of(new Flatten(node.Int("axis", 1)), node.Input(0))),
        Entry("Transpose", node => node.Of(
            new Transpose(node.Ints("perm") ?? Reversed(node.Input(0).Type.Shape.Count)), node.Input(0))),
        Entry("Squeeze", Squeeze),
        Entry("Unsqueeze", node => node.Of(
            new Unsqueeze(node.Longs("axes", 1, inputFrom: 13)
                ?? throw new InvalidDataException("it does not say where")),
            node.Input(0))),
        Entry("Expand", node => node.Of(new Expand(node.Sizes(1) ?? []), node.Input(0))),
        Entry("Shape", Shape),
        Entry("Constant", Constant),
        Entry("ConstantOfShape", ConstantOfShape),
    ];

    static IReadOnlyList<long> Reversed(int rank) => [.. Enumerable.Range(0, rank).Reverse().Select(i => (long)i)];

    static IReadOnlyList<Value> Reshape(NodeReading node)
    {
        node.Only("allowzero", 0);
        var shape = node.Input(0).Type.Shape;
        var wanted = node.Sizes(1) ?? throw new InvalidDataException("it does not say which shape");
        var sizes = new long[wanted.Count];
        for (var i = 0; i < sizes.Length; i++)
        {
            // A multiple of N is what is left beside the others.
            sizes[i] = !wanted[i].IsBatch ? wanted[i].Factor
                : i < shape.Count && wanted[i] == shape[i] ? 0
                : -1;
        }

        // A file for batches of b images has b where one for any batch has N.
        if (node.FixedBatch is { } b && shape.Count > 0 && shape[0] == Dimension.Batch && sizes.Length > 0
            && sizes[0] == b && (sizes.Contains(-1) || Product(sizes.Skip(1), shape) == shape.Elements))
            sizes[0] = 0;
        return node.Of(new Reshape(sizes), node.Input(0));
    }

    static double Product(IEnumerable<long> sizes, Shape shape) => sizes
        .Select((size, i) => size == 0 && i + 1 < shape.Count ? shape[i + 1].Factor : size)
        .Aggregate(1.0, (product, size) => product * size);

    static IReadOnlyList<Value> Squeeze(NodeReading node)
    {
        var shape = node.Input(0).Type.Shape;
        var axes = node.Longs("axes", 1, inputFrom: 13)
            ?? [.. Enumerable.Range(0, shape.Count).Where(i => shape[i] == 1).Select(i => (long)i)];
        return node.Of(new Squeeze(axes), node.Input(0));
    }

    static IReadOnlyList<Value> Shape(NodeReading node)
    {
        var rank = node.Input(0).Type.Shape.Count;
        var (start, end) = (node.Int("start", 0), node.Int("end", rank));
        var sizes = node.Of(new ShapeOf(), node.Input(0))[0];
        return (start, end) == (0, rank) ? [sizes] : node.Of(new Slice(0, start, end), sizes);
    }

    static IReadOnlyList<Value> Constant(NodeReading node)
    {
        var (numbers, whole) = (node.Floats("value_floats"), node.Ints("value_ints"));
        var constant = node.TensorOf("value")
            ?? (numbers is { Count: > 0 } ? tensor(numbers.ToArray())
                : whole is { Count: > 0 } ? tensor(whole.ToArray())
                : node.Float("value_float", float.NaN) is var number && !float.IsNaN(number) ? tensor(number)
                : node.Int("value_int", long.MinValue) is var single && single != long.MinValue ? tensor(single)
                : throw new InvalidDataException("it holds neither a tensor nor numbers"));
        return [node.Constant(constant)];
    }

    static IReadOnlyList<Value> ConstantOfShape(NodeReading node)
    {
        var sizes = node.Sizes(0) ?? throw new InvalidDataException("it does not say which shape");
        using var scope = NewDisposeScope();
        var value = node.TensorOf("value") ?? zeros(1, dtype: ScalarType.Float32);
        if (value.numel() != 1)
            throw new InvalidDataException("its value is not one number");
        var shape = new Graphs.Shape(sizes);
        if (shape.HasBatch)
            return node.Of(
                new Expand(sizes), node.Constant(value.reshape([]).clone().MoveToOuterDisposeScope()));
        if (shape.Elements > MostOfConstant)
            throw new InvalidDataException($"it is a constant of {shape.Elements} elements");
        return [node.Constant(value.reshape([]).expand(shape.At(1)).clone().MoveToOuterDisposeScope())];
    }
}
