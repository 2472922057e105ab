using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>One member of a surface that can only be evaluated as a whole: it costs what the whole does.</summary>
sealed class MemberSurface(AttackSurface whole, int member) : AttackSurface
{
    public override IReadOnlyList<string> Members { get; } = [whole.Members[member]];

    public override IReadOnlyList<string> Gates => [];

    public override int EotSamples => whole.EotSamples;

    public override IEnumerable<Module> Modules => whole.Modules;

    public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
    {
        using var scope = NewDisposeScope();
        return SurfaceOutput.FromLogits(
            whole.Evaluate(images, draws, call).MemberLogits[member]).MoveToOuterDisposeScope();
    }
}
