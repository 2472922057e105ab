using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>How weights follow their gradients.</summary>
public abstract record TrainingOptimizer
{
    private protected TrainingOptimizer()
    {
    }

    /// <summary>
    /// A learning rate of its own, positive; null for that of the options. The schedule acts on both.
    /// </summary>
    public double? LearningRate { get; init; }

    /// <summary>The pull of every weight towards 0; 0 or more.</summary>
    public double WeightDecay { get; init; }

    internal abstract OptimizerHelper Create(IEnumerable<Parameter> parameters, double rate);

    /// <summary>What the optimizer remembers of one parameter, by name; empty before its first step.</summary>
    internal abstract IReadOnlyDictionary<string, Tensor> Memory(OptimizerState state);

    /// <summary>Takes up what <see cref="Memory"/> gave.</summary>
    internal abstract void Remember(OptimizerState state, Func<string, Tensor?> memory);

    /// <exception cref="ArgumentOutOfRangeException">A rate that is not positive, or a negative decay.</exception>
    internal virtual void ThrowIfInvalid()
    {
        if (LearningRate is not null and not (> 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(
                nameof(LearningRate), LearningRate, "A learning rate is positive and finite, for example 0.001.");
        if (WeightDecay is not (>= 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(
                nameof(WeightDecay), WeightDecay, "Weight decay is 0 or more, for example 5e-4.");
    }
}
