using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>Transforms one after the other, as one: x -> t_n(... t_2(t_1(x))).</summary>
/// <remarks>
/// Each is called, so that the surrogate of one that has no gradient, and the draws of one that is random, take part
/// as they do where it stands alone.
/// </remarks>
public sealed class TransformChain : InputTransform, ILayered
{
    readonly InputTransform[] transforms;

    /// <summary>Puts transforms in a row.</summary>
    /// <param name="transforms">At least one, in the order in which images pass them.</param>
    /// <exception cref="ArgumentException">No transforms, or one that stands there twice.</exception>
    public TransformChain(params InputTransform[] transforms) : base(nameof(TransformChain))
    {
        if (transforms.Length == 0)
            throw new ArgumentException("A chain needs at least one transform.", nameof(transforms));
        if (transforms.Distinct().Count() < transforms.Length)
            throw new ArgumentException(
                "A transform stands in the chain twice; make a second one of its kind.", nameof(transforms));
        this.transforms = transforms;
        for (var i = 0; i < transforms.Length; i++)
            register_module($"{i}", transforms[i]);
    }

    /// <summary>The transforms, in the order in which images pass them.</summary>
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => transforms;

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        return transforms
            .Aggregate(images, (seen, transform) => transform.call(seen))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Does nothing: the transforms are registered already.</summary>
    protected override void RegisterComponents()
    {
    }
}
