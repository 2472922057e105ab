using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Adam (Kingma and Ba 2015), with weight decay as part of the gradient: g + d w, and 1e-8 in the denominator.
/// </summary>
public sealed record AdamOptimizer : TrainingOptimizer
{
    /// <summary>The rate of decay of the mean of the gradients, in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>The rate of decay of the mean of their squares, in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.999;

    internal override OptimizerHelper Create(IEnumerable<Parameter> parameters, double rate) =>
        new Adam(parameters, rate, Beta1, Beta2, weight_decay: WeightDecay);

    internal override void ThrowIfInvalid()
    {
        base.ThrowIfInvalid();
        if (Beta1 is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Beta1), Beta1, "A rate of decay lies in [0, 1).");
        if (Beta2 is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Beta2), Beta2, "A rate of decay lies in [0, 1).");
    }

    internal override IReadOnlyDictionary<string, Tensor> Memory(OptimizerState state)
    {
        var adam = (Adam.State)state;
        return Moments.Named(adam.exp_avg, adam.exp_avg_sq, adam.step);
    }

    internal override void Remember(OptimizerState state, Func<string, Tensor?> memory)
    {
        var adam = (Adam.State)state;
        adam.step = Moments.CopyTo(adam.exp_avg, adam.exp_avg_sq, memory);
    }
}

/// <summary>
/// Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019): w &lt;- (1 - r d) w first.
/// </summary>
public sealed record AdamWOptimizer : TrainingOptimizer
{
    /// <summary>Makes it with the source's weight decay of 0.01.</summary>
    public AdamWOptimizer() => WeightDecay = 1e-2;

    internal override OptimizerHelper Create(IEnumerable<Parameter> parameters, double rate) =>
        new AdamW(parameters, rate, weight_decay: WeightDecay);

    internal override IReadOnlyDictionary<string, Tensor> Memory(OptimizerState state)
    {
        var adam = (AdamW.State)state;
        return Moments.Named(adam.exp_avg, adam.exp_avg_sq, adam.step);
    }

    internal override void Remember(OptimizerState state, Func<string, Tensor?> memory)
    {
        var adam = (AdamW.State)state;
        adam.step = Moments.CopyTo(adam.exp_avg, adam.exp_avg_sq, memory);
    }
}

/// <summary>What Adam remembers of a parameter.</summary>
static class Moments
{
    public static Dictionary<string, Tensor> Named(Tensor first, Tensor second, long step) =>
        new() { ["exp_avg"] = first, ["exp_avg_sq"] = second, ["step"] = tensor(step) };

    /// <summary>Copies the moments, and returns the number of steps.</summary>
    public static long CopyTo(Tensor first, Tensor second, Func<string, Tensor?> memory)
    {
        first.copy_(memory("exp_avg")!);
        second.copy_(memory("exp_avg_sq")!);
        return memory("step")!.item<long>();
    }
}
