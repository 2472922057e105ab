using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks;

/// <summary>
/// What images for another defense are crafted on: the vote of a surface, without gates and without a decision. As it
/// never decides, an attack never has enough, and goes on to the widest margin it finds: barely wrong images seldom
/// transfer.
/// </summary>
sealed class Substitute(AttackSurface surface) : AttackSurface
{
    public override IReadOnlyList<string> Members => surface.Members;

    public override IReadOnlyList<string> Gates => [];

    public override int EotSamples => surface.EotSamples;

    public override IEnumerable<Module> Modules => surface.Modules;

    public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
    {
        using var scope = NewDisposeScope();
        var output = surface.Evaluate(images, draws, call);
        return (output with
        {
            Labels = full_like(output.Labels, Decision.Reject),
            GateScores = zeros(0, images.size(0) * draws, device: images.device),
            GateThresholds = zeros(0, device: images.device),
            GuardedVotes = null,
        }).MoveToOuterDisposeScope();
    }
}
