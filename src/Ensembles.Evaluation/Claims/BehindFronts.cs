using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation;

/// <summary>
/// A component as it stands in its ensemble: behind the fronts, where it has any before it. It owns none of them, and
/// disposing it leaves them as they are.
/// </summary>
static class BehindFronts
{
    /// <summary>The component behind what it sees the images through.</summary>
    public static Module<Tensor, Tensor> Of(Component component, IReadOnlyList<Named<InputTransform>> fronts)
    {
        if (component.IsFront || !component.IsBehindFronts || fronts.Count == 0)
            return component.Module;
        Module<Tensor, Tensor>[] all = [.. fronts.Select(front => front.Module), component.Module];
        return component.IsGate ? new Gate(all) : new Member(all);
    }

    static Tensor InTurn(Module<Tensor, Tensor>[] all, Tensor images)
    {
        using var scope = NewDisposeScope();
        return all.Aggregate(images, (seen, module) => module.call(seen)).MoveToOuterDisposeScope();
    }

    // A field of modules is registered by nobody: so they stay the ensemble's.
    sealed class Member(Module<Tensor, Tensor>[] all) : Classifier(nameof(Member))
    {
        public override Tensor forward(Tensor images) => InTurn(all, images);
    }

    sealed class Gate(Module<Tensor, Tensor>[] all) : Detector(nameof(Gate))
    {
        public override Tensor forward(Tensor images) => InTurn(all, images);
    }
}
