using static TorchSharp.torch;

namespace Ensembles;

/// <summary>branch(x) + shortcut(x); a shortcut without layers is x itself.</summary>
abstract class SumLayer : FrozenLayer
{
    /// <summary>The layers of the branch.</summary>
    public abstract IReadOnlyList<FrozenLayer> Branch { get; }

    /// <summary>The layers of the shortcut.</summary>
    public abstract IReadOnlyList<FrozenLayer> Shortcut { get; }
}

/// <summary>The shapes between layers that are called one after the other.</summary>
static class LayerShapes
{
    /// <summary>The shape of each layer's input, and last that of the output.</summary>
    public static List<long[]> Of(IReadOnlyList<FrozenLayer> layers, Tensor sample)
    {
        using var scope = NewDisposeScope();
        var shapes = new List<long[]> { sample.shape };
        var x = sample.alias();
        foreach (var layer in layers)
        {
            x = layer.Run(x);
            shapes.Add(x.shape);
        }

        return shapes;
    }
}
