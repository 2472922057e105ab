using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>
/// A value in a graph that is being written, for formulas: a + b adds the operation Add. It also answers to the names
/// of a tensor's functions, so that a <c>forward</c> reads the same for terms.
/// </summary>
/// <param name="Graph">The graph.</param>
/// <param name="Value">The value.</param>
public sealed partial record Term(GraphBuilder Graph, Value Value)
{
    /// <summary>Its shape.</summary>
    public Shape Shape => Value.Type.Shape;

    /// <summary>a + b.</summary>
    public static Term operator +(Term a, Term b) => a.With(BinaryFunction.Add, b);

    /// <summary>a + b.</summary>
    public static Term operator +(Term a, double b) => a + a.Number(b);

    /// <summary>a - b.</summary>
    public static Term operator -(Term a, Term b) => a.With(BinaryFunction.Sub, b);

    /// <summary>a - b.</summary>
    public static Term operator -(Term a, double b) => a - a.Number(b);

    /// <summary>a b.</summary>
    public static Term operator *(Term a, Term b) => a.With(BinaryFunction.Mul, b);

    /// <summary>a b.</summary>
    public static Term operator *(Term a, double b) => a * a.Number(b);

    /// <summary>a / b.</summary>
    public static Term operator /(Term a, Term b) => a.With(BinaryFunction.Div, b);

    /// <summary>a / b.</summary>
    public static Term operator /(Term a, double b) => a / a.Number(b);

    /// <summary>a + b.</summary>
    public static Term operator +(double a, Term b) => b.Number(a) + b;

    /// <summary>a - b.</summary>
    public static Term operator -(double a, Term b) => b.Number(a) - b;

    /// <summary>a b.</summary>
    public static Term operator *(double a, Term b) => b.Number(a) * b;

    /// <summary>a / b.</summary>
    public static Term operator /(double a, Term b) => b.Number(a) / b;

    /// <summary>-a.</summary>
    public static Term operator -(Term a) => a.Of(UnaryFunction.Neg);

    /// <summary>A function of this and another value.</summary>
    public Term With(BinaryFunction function, Term other) => Of(new Binary(function), other);

    /// <summary>A function of this value.</summary>
    public Term Of(UnaryFunction function) => Of(new Unary(function));

    /// <summary>An operation on this value and others.</summary>
    public Term Of(SingleOperation operation, params ReadOnlySpan<Term> others)
    {
        var inputs = new Value?[others.Length + 1];
        inputs[0] = Value;
        for (var i = 0; i < others.Length; i++)
            inputs[i + 1] = others[i].Value;
        return this with { Value = Graph.Add(operation, inputs) };
    }

    /// <summary>One element for all along a dimension.</summary>
    public Term Over(ReduceFunction function, long axis, bool keep = false) =>
        Of(new Reduce(function, [axis], keep));

    /// <summary>This value where a condition holds, else another.</summary>
    public Term Where(Term condition, Term otherwise) => condition.Of(new Where(), this, otherwise);

    /// <summary>Whether one of the truth values along a dimension holds.</summary>
    public Term Any(long axis) =>
        Of(new Cast(ScalarType.Float32)).Over(ReduceFunction.ReduceMax, axis).Of(new Cast(ScalarType.Bool));

    /// <summary>A number of this value's type.</summary>
    public Term Number(double number) =>
        this with { Value = Graph.Constant(tensor(number, dtype: Value.Type.Type), "number") };
}
