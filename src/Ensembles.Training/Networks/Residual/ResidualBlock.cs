using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>A block of a residual network: after(branch(b) + shortcut(b)) with b = before(x).</summary>
public abstract class ResidualBlock : Module<Tensor, Tensor>, IResidual
{
    /// <summary>Creates the module under the name given.</summary>
    protected ResidualBlock(string name) : base(name)
    {
    }

    /// <inheritdoc/>
    public virtual IReadOnlyList<Module<Tensor, Tensor>> Before => [];

    /// <inheritdoc/>
    public abstract IReadOnlyList<Module<Tensor, Tensor>> Branch { get; }

    /// <inheritdoc/>
    public virtual IReadOnlyList<Module<Tensor, Tensor>> Shortcut => [];

    /// <inheritdoc/>
    public virtual IReadOnlyList<Module<Tensor, Tensor>> After => [];

    /// <inheritdoc/>
    public sealed override Tensor forward(Tensor x)
    {
        using var shared = LayerRow.Call(Before, x);
        using var branch = LayerRow.Call(Branch, shared);
        using var shortcut = LayerRow.Call(Shortcut, shared);
        using var sum = branch + shortcut;
        return LayerRow.Call(After, sum);
    }
}
