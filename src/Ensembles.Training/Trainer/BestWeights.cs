using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>The parameters and buffers of the epoch with the best figure so far.</summary>
sealed class BestWeights : IDisposable
{
    readonly (string Name, Tensor Own, Tensor Kept)[] tensors;

    public BestWeights(Module module)
    {
        using var noGradient = no_grad();
        tensors =
        [
            .. module.state_dict()
                .Select(t => (t.Key, t.Value, t.Value.detach().clone().DetachFromDisposeScope())),
        ];
    }

    /// <summary>The best figure, below every real one before the first.</summary>
    public double Figure { get; set; } = -1;

    /// <summary>Epochs since it was reached.</summary>
    public int EpochsSince { get; set; }

    /// <summary>The kept tensors, by name.</summary>
    public IEnumerable<(string Name, Tensor Kept)> Tensors => tensors.Select(t => (t.Name, t.Kept));

    /// <summary>Keeps the module as it is where the figure is better than all before.</summary>
    public void Consider(double figure)
    {
        EpochsSince++;
        if (figure <= Figure)
            return;
        (Figure, EpochsSince) = (figure, 0);
        using var noGradient = no_grad();
        foreach (var (_, own, kept) in tensors)
            kept.copy_(own);
    }

    /// <summary>Gives the module what was kept.</summary>
    public void Restore()
    {
        using var noGradient = no_grad();
        foreach (var (_, own, kept) in tensors)
            own.copy_(kept);
    }

    public void Dispose()
    {
        foreach (var (_, _, kept) in tensors)
            kept.Dispose();
    }
}
