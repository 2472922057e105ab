using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Stochastic gradient descent with momentum: v &lt;- m v + g + d w and w &lt;- w - r v; with Nesterov's look ahead
/// w &lt;- w - r (g + d w + m v).
/// </summary>
public sealed record SgdOptimizer : TrainingOptimizer
{
    /// <summary>m, in [0, 1).</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether the step looks ahead.</summary>
    public bool Nesterov { get; init; }

    internal override OptimizerHelper Create(IEnumerable<Parameter> parameters, double rate) =>
        new SGD(parameters, rate, Momentum, weight_decay: WeightDecay, nesterov: Nesterov);

    internal override IReadOnlyDictionary<string, Tensor> Memory(OptimizerState state)
    {
        var memory = new Dictionary<string, Tensor>();
        if (((SGD.State)state).momentum_buffer is { } velocity)
            memory["momentum"] = velocity;
        return memory;
    }

    internal override void Remember(OptimizerState state, Func<string, Tensor?> memory) =>
        ((SGD.State)state).momentum_buffer = memory("momentum")?.clone().DetachFromDisposeScope();

    internal override void ThrowIfInvalid()
    {
        base.ThrowIfInvalid();
        if (Momentum is not (>= 0 and < 1) || (Nesterov && Momentum == 0))
            throw new ArgumentOutOfRangeException(
                nameof(Momentum), Momentum, "Momentum lies in [0, 1), and above 0 with Nesterov's look ahead.");
    }
}
