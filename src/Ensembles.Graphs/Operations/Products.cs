using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs;

/// <summary>alpha A B + beta C of matrices, where C is broadcast and may be left out.</summary>
public sealed record Gemm : SingleOperation
{
    /// <summary>The factor of the product.</summary>
    public float Alpha { get; init; } = 1;

    /// <summary>The factor of C.</summary>
    public float Beta { get; init; } = 1;

    /// <summary>Whether A is transposed.</summary>
    public bool TransposesA { get; init; }

    /// <summary>Whether B is transposed, as the weights [K, D] of a linear layer are.</summary>
    public bool TransposesB { get; init; }

    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (2, 3);

    /// <inheritdoc/>
    public override bool IsTrained(int input) => input > 0;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes =>
    [
        ("alpha", Alpha), ("beta", Beta), ("transA", TransposesA ? 1L : 0L), ("transB", TransposesB ? 1L : 0L),
    ];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var (a, b) = (inputs.Floating(0), inputs.Floating(1));
        var (left, right) = (a.OfRank(2, "Its first matrix"), b.OfRank(2, "Its second matrix"));
        var (rows, inner) = TransposesA ? (left[1], left[0]) : (left[0], left[1]);
        var (own, columns) = TransposesB ? (right[1], right[0]) : (right[0], right[1]);
        if (inner != own || inner.IsBatch || a.Type != b.Type)
            throw new GraphException($"It cannot multiply {a} and {b}.");
        var shape = new Shape(rows, columns);
        if (inputs.Optional(2) is { } c && (c.Type != a.Type || !Shape.Broadcast(shape, c.Shape).Equals(shape)))
            throw new GraphException($"It cannot add {c} to {a.Type} {shape}.");
        return new(a.Type, shape);
    }

    /// <inheritdoc/>
    public override double Work(IReadOnlyList<TensorType?> inputs, IReadOnlyList<TensorType> outputs) =>
        (double)inputs[0]!.Shape.Elements * outputs[0].Shape[1].Factor;

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var (a, b, c) = (inputs[0]!, inputs[1]!, inputs.Optional(2));
        if (this is { Alpha: 1, Beta: 1, TransposesA: false, TransposesB: true } && (c is null || c.dim() == 1))
            return functional.linear(a, b, c);
        using var scope = NewDisposeScope();
        var product = (TransposesA ? a.t() : a).matmul(TransposesB ? b.t() : b);
        if (Alpha != 1)
            product = product * Alpha;
        if (c is not null)
            product = product + (Beta == 1 ? c : c * Beta);
        return product.MoveToOuterDisposeScope();
    }
}

/// <summary>The product of matrices, or of each pair in two stacks of them, as NumPy's <c>matmul</c>.</summary>
public sealed record MatMul : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (2, 2);

    /// <inheritdoc/>
    public override bool IsTrained(int input) => true;

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var (a, b) = (inputs.Floating(0), inputs.Floating(1));
        if (a.Shape.Count < 2 || b.Shape.Count < 2)
            throw new GraphException($"It multiplies matrices, and not {a} and {b}.");
        if (a.Shape[^1] != b.Shape[^2] || a.Shape[^1].IsBatch || a.Type != b.Type)
            throw new GraphException($"It cannot multiply {a} and {b}.");
        var stack = Shape.Broadcast(new(a.Shape.SkipLast(2)), new(b.Shape.SkipLast(2)));
        return new(a.Type, new(stack.Append(a.Shape[^2]).Append(b.Shape[^1])));
    }

    /// <inheritdoc/>
    public override double Work(IReadOnlyList<TensorType?> inputs, IReadOnlyList<TensorType> outputs) =>
        (double)outputs[0].Shape.Elements * inputs[0]!.Shape[^1].Factor;

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) => inputs[0]!.matmul(inputs[1]!);
}
