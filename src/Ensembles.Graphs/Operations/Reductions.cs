using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>What becomes of the elements along dimensions; named as in ONNX.</summary>
public enum ReduceFunction
{
    /// <summary>Their mean.</summary>
    ReduceMean,

    /// <summary>Their sum.</summary>
    ReduceSum,

    /// <summary>The largest.</summary>
    ReduceMax,

    /// <summary>The smallest.</summary>
    ReduceMin,

    /// <summary>The logarithm of the sum of their exponentials.</summary>
    ReduceLogSumExp,

    /// <summary>The root of the sum of their squares.</summary>
    ReduceL2,
}

/// <summary>One element for all along dimensions.</summary>
/// <param name="Function">What becomes of them.</param>
/// <param name="Axes">The dimensions, at least one.</param>
/// <param name="KeepsDimensions">Whether the dimensions stay, with size 1.</param>
public sealed record Reduce(ReduceFunction Function, IReadOnlyList<long> Axes, bool KeepsDimensions = true)
    : SingleOperation
{
    /// <inheritdoc/>
    public override string Name => Function.ToString();

    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => Function == ReduceFunction.ReduceSum
        ? [("keepdims", KeepsDimensions ? 1L : 0L)]
        : [("axes", Axes.ToArray()), ("keepdims", KeepsDimensions ? 1L : 0L)];

    /// <summary>Of these reductions operator set 17 has the sum's dimensions alone as an input.</summary>
    public override IReadOnlyList<Tensor?> ConstantInputs =>
        Function == ReduceFunction.ReduceSum ? [tensor(Axes.ToArray())] : [];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var type = inputs.Present(0);
        if (!type.IsFloating && Function is not (ReduceFunction.ReduceSum or ReduceFunction.ReduceMax
            or ReduceFunction.ReduceMin) || type.Type == ScalarType.Bool)
            throw new GraphException($"It cannot be of {type}.");
        var axes = Axes.Select(axis => type.Shape.Axis(axis)).ToHashSet();
        if (axes.Count == 0 || axes.Count < Axes.Count)
            throw new GraphException($"It names the dimensions [{string.Join(", ", Axes)}].");
        if (axes.Any(axis => type.Shape[axis] is { Factor: 0 } or { IsBatch: true }))
            throw new GraphException($"It reduces {type} over dimensions that are empty or grow with the batch.");
        return new(type.Type, new(type.Shape
            .Select((size, i) => axes.Contains(i) ? 1 : size)
            .Where((_, i) => KeepsDimensions || !axes.Contains(i))));
    }

    /// <inheritdoc/>
    public override double Work(IReadOnlyList<TensorType?> inputs, IReadOnlyList<TensorType> outputs) =>
        10.0 * inputs[0]!.Shape.Elements;

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var x = inputs[0]!;
        long[] axes = [.. Axes];
        switch (Function)
        {
            case ReduceFunction.ReduceMean:
                return x.mean(axes, KeepsDimensions);
            case ReduceFunction.ReduceSum:
                return x.sum(axes, KeepsDimensions);
            case ReduceFunction.ReduceMax:
                return x.amax(axes, KeepsDimensions);
            case ReduceFunction.ReduceMin:
                return x.amin(axes, KeepsDimensions);
            case ReduceFunction.ReduceL2:
                using (var squares = x * x)
                using (var sum = squares.sum(axes, KeepsDimensions))
                    return sum.sqrt();
            default:
                using (var highest = x.detach().amax(axes, keepdim: true))
                using (var finite = highest.nan_to_num(double.NaN, 0, 0))
                using (var shifted = x - finite)
                using (var exponentials = shifted.exp())
                using (var sum = exponentials.sum(axes, keepdim: true))
                using (var logarithm = sum.log())
                using (var kept = logarithm + finite)
                    return KeepsDimensions ? kept.alias() : kept.sum(axes);
        }
    }
}

/// <summary>The place of the largest element along a dimension, the first of several; int64.</summary>
/// <param name="Axis">The dimension.</param>
/// <param name="KeepsDimension">Whether the dimension stays, with size 1.</param>
public sealed record ArgMax(long Axis, bool KeepsDimension = true) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes =>
        [("axis", Axis), ("keepdims", KeepsDimension ? 1L : 0L)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var shape = inputs.Floating(0).Shape;
        var axis = shape.Axis(Axis);
        if (shape[axis] is { Factor: 0 } or { IsBatch: true })
            throw new GraphException($"It looks for the largest of {inputs[0]} in dimension {Axis}.");
        return new(ScalarType.Int64, new(shape
            .Select((size, i) => i == axis ? 1 : size)
            .Where((_, i) => KeepsDimension || i != axis)));
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        inputs[0]!.argmax(Axis, keepdim: KeepsDimension);
}

/// <summary>The largest elements along a dimension and their places, from the largest on.</summary>
/// <param name="Count">How many.</param>
/// <param name="Axis">The dimension.</param>
public sealed record TopK(long Count, long Axis = -1) : Operation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("axis", Axis)];

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ConstantInputs => [tensor(new[] { Count })];

    /// <inheritdoc/>
    public override IReadOnlyList<TensorType> Infer(IReadOnlyList<TensorType?> inputs)
    {
        var shape = inputs.Floating(0).Shape;
        var axis = shape.Axis(Axis);
        if (shape[axis].IsBatch || Count < 1 || Count > shape[axis].Factor)
            throw new GraphException($"It looks for the largest {Count} of {inputs[0]} in dimension {Axis}.");
        return [new(inputs[0]!.Type, shape.With(axis, Count)), new(ScalarType.Int64, shape.With(axis, Count))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var (values, indices) = inputs[0]!.topk((int)Count, (int)Axis);
        return [values, indices];
    }
}
