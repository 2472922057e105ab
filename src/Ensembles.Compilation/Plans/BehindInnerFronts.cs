using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// A component of an ensemble among the members behind the fronts of that ensemble, as one row of layers. A front that
/// several begin with is computed once, as any transform that members share.
/// </summary>
sealed class BehindInnerFronts : Module<Tensor, Tensor>, ILayered
{
    BehindInnerFronts(IReadOnlyList<Module<Tensor, Tensor>> layers) : base(nameof(BehindInnerFronts))
    {
        Layers = layers;
        for (var i = 0; i < layers.Count; i++)
            register_module($"{i}", layers[i]);
        // What stands in evaluation mode throughout does so as a row; else it shows that some part does not.
        if (!layers.Any(layer => layer.training))
            eval();
    }

    /// <inheritdoc/>
    public IReadOnlyList<Module<Tensor, Tensor>> Layers { get; }

    /// <summary>What runs for a component: itself, where no such front stands before it.</summary>
    public static Module<Tensor, Tensor> Of(Component component) => component.Through.Count == 0
        ? component.Module
        : new BehindInnerFronts([.. component.Through.Select(front => front.Module), component.Module]);

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        return Layers.Aggregate(images, (seen, layer) => Draws.Answer(layer, seen)).MoveToOuterDisposeScope();
    }

    /// <summary>Does nothing: the layers are registered already.</summary>
    protected override void RegisterComponents()
    {
    }
}
