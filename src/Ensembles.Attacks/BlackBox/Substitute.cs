using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks;

/// <summary>
/// What images for another defense are crafted on: the vote of a surface or one member of it alone, without gates and without a decision. As it never decides, an attack never has
/// enough, and goes on to the widest margin it finds: barely wrong images seldom transfer.
/// </summary>
/// <param name="surface">The surface.</param>
/// <param name="member">The member; null for the vote.</param>
sealed class Substitute(AttackSurface surface, int? member = null) : AttackSurface
{
    public override IReadOnlyList<string> Members { get; } = member is { } m ? [surface.Members[m]] : surface.Members;

    public override IReadOnlyList<string> Gates => [];

    public override int EotSamples => surface.EotSamples;

    public override IEnumerable<Module> Modules => surface.Modules;

    /// <remarks>A surface evaluates all its parts, so a member alone costs what the whole does.</remarks>
    public override SurfaceOutput Evaluate(Tensor images, int draws)
    {
        using var scope = NewDisposeScope();
        var output = surface.Evaluate(images, draws);
        var logits = member is { } m ? output.MemberLogits.narrow(0, m, 1) : output.MemberLogits;
        return new SurfaceOutput(
            MemberLogits: logits,
            Scores: member is null ? output.Scores : logits.squeeze(0),
            Labels: full_like(output.Labels, Decision.Reject),
            GateScores: zeros(0, images.size(0) * draws, device: images.device),
            GateThresholds: zeros(0, device: images.device)).MoveToOuterDisposeScope();
    }
}
