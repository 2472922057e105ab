using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs;

/// <summary>A function that keeps the shape and the type of its input.</summary>
public abstract record Activation : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <summary>Computes it.</summary>
    protected abstract Tensor Of(Tensor x);

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs) =>
        new(inputs.Floating(0).Type, inputs[0]!.Shape);

    /// <inheritdoc/>
    protected sealed override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) => Of(inputs[0]!);
}

/// <summary>x where it is positive, alpha x where not.</summary>
/// <param name="Alpha">The slope below zero.</param>
public sealed record LeakyRelu(float Alpha = 0.01f) : Activation
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("alpha", Alpha)];

    /// <inheritdoc/>
    protected override Tensor Of(Tensor x) => functional.leaky_relu(x, Alpha);
}

/// <summary>x where it is positive, alpha (exp(x) - 1) where not.</summary>
/// <param name="Alpha">Minus the limit below zero.</param>
public sealed record Elu(float Alpha = 1) : Activation
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("alpha", Alpha)];

    /// <inheritdoc/>
    protected override Tensor Of(Tensor x) => functional.elu(x, Alpha);
}

/// <summary>gamma times <see cref="Elu"/>.</summary>
/// <param name="Alpha">Alpha of Elu.</param>
/// <param name="Gamma">The factor.</param>
public sealed record Selu(float Alpha = 1.67326319217681884765625f, float Gamma = 1.05070102214813232421875f)
    : Activation
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("alpha", Alpha), ("gamma", Gamma)];

    /// <inheritdoc/>
    protected override Tensor Of(Tensor x)
    {
        using var elu = functional.elu(x, Alpha);
        return elu * Gamma;
    }
}

/// <summary>max(0, min(1, alpha x + beta)).</summary>
/// <param name="Alpha">The slope.</param>
/// <param name="Beta">Its value at zero.</param>
public sealed record HardSigmoid(float Alpha = 0.2f, float Beta = 0.5f) : Activation
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("alpha", Alpha), ("beta", Beta)];

    /// <inheritdoc/>
    protected override Tensor Of(Tensor x)
    {
        using var line = (x * Alpha).add_(Beta);
        return line.clamp(0, 1);
    }
}

/// <summary>x Phi(x), with Phi of the standard normal distribution, or its approximation by tanh.</summary>
/// <param name="IsApproximate">Whether it is the approximation.</param>
public sealed record Gelu(bool IsApproximate = false) : Activation
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes =>
        [("approximate", IsApproximate ? "tanh" : "none")];

    /// <inheritdoc/>
    protected override Tensor Of(Tensor x)
    {
        if (!IsApproximate)
            return functional.gelu(x);
        using var scope = NewDisposeScope();
        var inner = Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
        return (0.5 * x * (1 + inner.tanh())).MoveToOuterDisposeScope();
    }
}

/// <summary>x between two limits.</summary>
/// <param name="Least">The lower limit; null for none.</param>
/// <param name="Most">The upper limit; null for none.</param>
public sealed record Clip(double? Least = null, double? Most = null) : Activation
{
    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ConstantInputs => [Limit(Least), Limit(Most)];

    /// <inheritdoc/>
    protected override Tensor Of(Tensor x) =>
        Least is null && Most is null ? x.alias() : x.clamp(Least, Most);

    static Tensor? Limit(double? limit) => limit is { } number ? tensor((float)number) : null;
}

/// <summary>x where it is positive, slope x where not, with a slope that broadcasts to x: of x and slope.</summary>
public sealed record PRelu : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (2, 2);

    /// <inheritdoc/>
    public override bool IsTrained(int input) => input == 1;

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var (x, slope) = (inputs.Floating(0), inputs.Floating(1));
        if (slope.Type != x.Type || !Shape.Broadcast(x.Shape, slope.Shape).Equals(x.Shape))
            throw new GraphException($"A slope {slope} does not fit {x}.");
        return new(x.Type, x.Shape);
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        using var scope = NewDisposeScope();
        return (inputs[0]!.clamp(min: 0) + inputs[1]! * inputs[0]!.clamp(max: 0)).MoveToOuterDisposeScope();
    }
}

/// <summary>exp(x) over its sum along a dimension.</summary>
/// <param name="Axis">The dimension.</param>
public sealed record Softmax(long Axis = -1) : AlongAxis(Axis)
{
    /// <inheritdoc/>
    protected override Tensor Of(Tensor x) => x.softmax(Axis);
}

/// <summary>The logarithm of <see cref="Softmax"/>.</summary>
/// <param name="Axis">The dimension.</param>
public sealed record LogSoftmax(long Axis = -1) : AlongAxis(Axis)
{
    /// <inheritdoc/>
    protected override Tensor Of(Tensor x) => x.log_softmax(Axis);
}

/// <summary>A function along a dimension.</summary>
/// <param name="Axis">The dimension.</param>
public abstract record AlongAxis(long Axis) : Activation
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [("axis", Axis)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        _ = inputs.Floating(0).Shape.Axis(Axis);
        return base.InferOne(inputs);
    }
}

/// <summary>x itself; in training each element is zero with a probability, and else larger to make up.</summary>
/// <param name="Probability">The probability, from 0 to less than 1.</param>
public sealed record Dropout(double Probability = 0.5) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor?> ConstantInputs => [tensor((float)Probability)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs) => Probability is >= 0 and < 1
        ? new(inputs.Floating(0).Type, inputs[0]!.Shape)
        : throw new GraphException($"It drops with a probability of {Probability}.");

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        run.Training ? functional.dropout(inputs[0]!, Probability, training: true) : inputs[0]!.alias();
}
