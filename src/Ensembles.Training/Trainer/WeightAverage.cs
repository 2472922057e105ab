using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>A moving average of weights, a &lt;- b a + (1 - b) w, that starts from the weights as they are.</summary>
sealed class WeightAverage : IDisposable
{
    readonly (string Name, Parameter Weight, Tensor Average)[] weights;
    readonly double kept;

    public WeightAverage(IEnumerable<(string Name, Parameter Weight)> parameters, double kept)
    {
        this.kept = kept;
        using var noGradient = no_grad();
        weights =
            [.. parameters.Select(p => (p.Name, p.Weight, p.Weight.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>The averages, by name.</summary>
    public IEnumerable<(string Name, Tensor Average)> Tensors => weights.Select(w => (w.Name, w.Average));

    public void Update()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (_, weight, average) in weights)
            average.mul_(kept).add_(weight.detach(), alpha: 1 - kept);
    }

    /// <summary>Puts the averages in the place of the weights, and these in theirs.</summary>
    public void Swap()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (_, weight, average) in weights)
        {
            var kept = weight.detach().clone();
            weight.copy_(average);
            average.copy_(kept);
        }
    }

    public void Dispose()
    {
        foreach (var (_, _, average) in weights)
            average.Dispose();
    }
}
