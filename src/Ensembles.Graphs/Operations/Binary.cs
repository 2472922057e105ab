using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>Functions of two elements that broadcast; named as in ONNX.</summary>
public enum BinaryFunction
{
    /// <summary>a + b.</summary>
    Add,

    /// <summary>a - b.</summary>
    Sub,

    /// <summary>a b.</summary>
    Mul,

    /// <summary>a / b; of whole numbers what is left of the point.</summary>
    Div,

    /// <summary>a to the power of b.</summary>
    Pow,

    /// <summary>The smaller one.</summary>
    Min,

    /// <summary>The larger one.</summary>
    Max,

    /// <summary>Whether they are equal.</summary>
    Equal,

    /// <summary>Whether a is less.</summary>
    Less,

    /// <summary>Whether a is less or equal.</summary>
    LessOrEqual,

    /// <summary>Whether a is greater.</summary>
    Greater,

    /// <summary>Whether a is greater or equal.</summary>
    GreaterOrEqual,

    /// <summary>Whether both are true.</summary>
    And,

    /// <summary>Whether one is true.</summary>
    Or,
}

/// <summary>A function of two values that broadcast.</summary>
/// <param name="Function">Which.</param>
public sealed record Binary(BinaryFunction Function) : SingleOperation
{
    /// <inheritdoc/>
    public override string Name => Function.ToString();

    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (2, 2);

    /// <inheritdoc/>
    public override bool IsDifferentiable => !IsComparison && !IsLogical;

    bool IsComparison => Function is BinaryFunction.Equal or BinaryFunction.Less or BinaryFunction.LessOrEqual
        or BinaryFunction.Greater or BinaryFunction.GreaterOrEqual;

    bool IsLogical => Function is BinaryFunction.And or BinaryFunction.Or;

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var (a, b) = (inputs.Present(0), inputs.Present(1));
        if (a.Type != b.Type || (a.Type == ScalarType.Bool) != IsLogical && !(IsComparison && a.Type == ScalarType.Bool
            && Function == BinaryFunction.Equal))
            throw new GraphException($"It cannot be of {a} and {b}.");
        return new(IsComparison ? ScalarType.Bool : a.Type, Shape.Broadcast(a.Shape, b.Shape))
        {
            Contents = Contents(a.Contents, b.Contents),
        };
    }

    IReadOnlyList<Dimension>? Contents(IReadOnlyList<Dimension>? a, IReadOnlyList<Dimension>? b)
    {
        if (a is null || b is null || (a.Count != b.Count && a.Count != 1 && b.Count != 1))
            return null;
        var results = new List<Dimension>();
        for (var i = 0; i < Math.Max(a.Count, b.Count); i++)
        {
            if (Of(a[a.Count == 1 ? 0 : i], b[b.Count == 1 ? 0 : i]) is not { } result)
                return null;
            results.Add(result);
        }

        return results;
    }

    /// <summary>The result for sizes, null where it is not a size.</summary>
    Dimension? Of(Dimension a, Dimension b)
    {
        try
        {
            return checked((Function, a.IsBatch, b.IsBatch) switch
            {
                (BinaryFunction.Add, var x, var y) when x == y => new Dimension(a.Factor + b.Factor, x),
                (BinaryFunction.Sub, false, false) => a.Factor - b.Factor,
                (BinaryFunction.Mul, var x, var y) when !(x && y) => new Dimension(a.Factor * b.Factor, x || y),
                (BinaryFunction.Div, var x, false)
                    when b.Factor > 0 && a.Factor >= 0 && (!x || a.Factor % b.Factor == 0) =>
                        new Dimension(a.Factor / b.Factor, x),
                (BinaryFunction.Div, true, true) when b.Factor > 0 && a.Factor % b.Factor == 0 => a.Factor / b.Factor,
                // A size is never negative.
                (BinaryFunction.Equal, var x, var y) when x == y => a == b ? 1 : 0,
                (BinaryFunction.Equal, true, false) when b.Factor < 0 => 0,
                (BinaryFunction.Equal, false, true) when a.Factor < 0 => 0,
                _ => (Dimension?)null,
            });
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var (a, b) = (inputs[0]!, inputs[1]!);
        return Function switch
        {
            BinaryFunction.Add => a + b,
            BinaryFunction.Sub => a - b,
            BinaryFunction.Mul => a * b,
            BinaryFunction.Div => a.is_floating_point() ? a / b : a.div(b, RoundingMode.trunc),
            BinaryFunction.Pow => a.pow(b),
            BinaryFunction.Min => minimum(a, b),
            BinaryFunction.Max => maximum(a, b),
            BinaryFunction.Equal => a.eq(b),
            BinaryFunction.Less => a.lt(b),
            BinaryFunction.LessOrEqual => a.le(b),
            BinaryFunction.Greater => a.gt(b),
            BinaryFunction.GreaterOrEqual => a.ge(b),
            BinaryFunction.And => a.logical_and(b),
            BinaryFunction.Or => a.logical_or(b),
            _ => throw new NotSupportedException($"{Function}"),
        };
    }
}

/// <summary>An element of the second value where the first is true, else of the third; they broadcast.</summary>
public sealed record Where : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (3, 3);

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var (condition, a, b) = (inputs.Present(0), inputs.Present(1), inputs.Present(2));
        if (condition.Type != ScalarType.Bool || a.Type != b.Type)
            throw new GraphException($"It cannot choose by {condition} from {a} and {b}.");
        var shape = Shape.Broadcast(condition.Shape, Shape.Broadcast(a.Shape, b.Shape));
        return new(a.Type, shape)
        {
            Contents = (condition.Contents, a.Contents, b.Contents) is ({ } by, { } yes, { } no)
                && by.Count == yes.Count && by.Count == no.Count
                ? [.. by.Select((choice, i) => choice.Factor != 0 ? yes[i] : no[i])]
                : null,
        };
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        where(inputs[0]!, inputs[1]!, inputs[2]!);
}

/// <summary>The same numbers in another type.</summary>
/// <param name="To">The type.</param>
public sealed record Cast(ScalarType To) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override bool IsDifferentiable => new TensorType(To, new()).IsFloating;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("to", To)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var type = inputs.Present(0);
        return new(To, type.Shape)
        {
            Contents = To is ScalarType.Int64 && type.IsWhole ? type.Contents : null,
        };
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        inputs[0]!.dtype == To ? inputs[0]!.alias() : inputs[0]!.to_type(To);
}
