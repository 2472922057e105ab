using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>Layers called one after the other.</summary>
static class LayerRow
{
    /// <summary>
    /// What the last layer gives, or another handle to the input where there is none. What passes from layer to layer
    /// is disposed once the next one has read it, and what a hook has replaced; the graph keeps what a gradient needs.
    /// </summary>
    public static Tensor Call(IReadOnlyList<Module<Tensor, Tensor>> layers, Tensor input)
    {
        var x = input.alias();
        foreach (var layer in layers)
        {
            using var scope = NewDisposeScope();
            var y = layer.call(x);
            if (ReferenceEquals(y, x))
                continue;
            x.Dispose();
            x = y.MoveToOuterDisposeScope();
        }

        return x;
    }
}
