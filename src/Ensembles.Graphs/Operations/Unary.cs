using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs;

/// <summary>Functions of each element by itself, without numbers of their own; named as in ONNX.</summary>
public enum UnaryFunction
{
    /// <summary>x itself.</summary>
    Identity,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh,

    /// <summary>log(1 + exp(x)).</summary>
    Softplus,

    /// <summary>x / (1 + |x|).</summary>
    Softsign,

    /// <summary>x tanh(log(1 + exp(x))).</summary>
    Mish,

    /// <summary>x max(0, min(1, x / 6 + 1/2)).</summary>
    HardSwish,

    /// <summary>The error function.</summary>
    Erf,

    /// <summary>e to the power of x.</summary>
    Exp,

    /// <summary>The natural logarithm.</summary>
    Log,

    /// <summary>The square root.</summary>
    Sqrt,

    /// <summary>1 / x.</summary>
    Reciprocal,

    /// <summary>-x.</summary>
    Neg,

    /// <summary>|x|.</summary>
    Abs,

    /// <summary>-1, 0 or 1.</summary>
    Sign,

    /// <summary>The next whole number below.</summary>
    Floor,

    /// <summary>The next whole number above.</summary>
    Ceil,

    /// <summary>The nearest whole number, the even one of two.</summary>
    Round,

    /// <summary>Whether it is not a number.</summary>
    IsNaN,

    /// <summary>Whether it is false.</summary>
    Not,
}

/// <summary>A function of each element by itself.</summary>
/// <param name="Function">Which.</param>
public sealed record Unary(UnaryFunction Function) : SingleOperation
{
    /// <inheritdoc/>
    public override string Name => Function.ToString();

    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override bool IsDifferentiable => Function is not (UnaryFunction.Sign or UnaryFunction.Floor
        or UnaryFunction.Ceil or UnaryFunction.Round or UnaryFunction.IsNaN or UnaryFunction.Not);

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var type = inputs.Present(0);
        switch (Function)
        {
            case UnaryFunction.Identity:
                return type;
            case UnaryFunction.Not:
                return type.Type == ScalarType.Bool
                    ? new(ScalarType.Bool, type.Shape)
                    : throw new GraphException($"Its input is {type}, and truth values are needed.");
            case UnaryFunction.Neg or UnaryFunction.Abs or UnaryFunction.Sign when type.Type is ScalarType.Int64:
                return new(type.Type, type.Shape);
            case UnaryFunction.IsNaN:
                return new(ScalarType.Bool, inputs.Floating(0).Shape);
            default:
                return new(inputs.Floating(0).Type, type.Shape);
        }
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var x = inputs[0]!;
        return Function switch
        {
            UnaryFunction.Identity => x.alias(),
            UnaryFunction.Relu => x.relu(),
            UnaryFunction.Sigmoid => x.sigmoid(),
            UnaryFunction.Tanh => x.tanh(),
            UnaryFunction.Softplus => functional.softplus(x),
            UnaryFunction.Softsign => functional.softsign(x),
            UnaryFunction.Mish => functional.mish(x),
            UnaryFunction.HardSwish => functional.hardswish(x),
            UnaryFunction.Erf => x.erf(),
            UnaryFunction.Exp => x.exp(),
            UnaryFunction.Log => x.log(),
            UnaryFunction.Sqrt => x.sqrt(),
            UnaryFunction.Reciprocal => x.reciprocal(),
            UnaryFunction.Neg => x.neg(),
            UnaryFunction.Abs => x.abs(),
            UnaryFunction.Sign => x.sign(),
            UnaryFunction.Floor => x.floor(),
            UnaryFunction.Ceil => x.ceil(),
            UnaryFunction.Round => x.round(),
            UnaryFunction.IsNaN => x.isnan(),
            UnaryFunction.Not => x.logical_not(),
            _ => throw new NotSupportedException($"{Function}"),
        };
    }
}
