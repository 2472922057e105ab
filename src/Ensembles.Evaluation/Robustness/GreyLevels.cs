using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation;

/// <summary>
/// An attack that shows the defense whole grey levels alone, k / 255 for each pixel, as files of images hold them:
/// steps are taken after the gradient at the rounded image, with that of the identity through the rounding (BPDA).
/// </summary>
/// <remarks>
/// Clean images mostly are of whole grey levels and perturbed ones are not, so a defense can tell them apart without
/// seeing an attack: a gate by the distance to the next level, a network that decides on them by another. Such a
/// defense withstands every attack that does not round, and none that does.
/// </remarks>
/// <param name="Inner">The attack.</param>
sealed record GreyLevels(IAttack Inner) : IAttack
{
    const double Levels = 255;

    public string Name => $"{Inner.Name} on whole grey levels";

    public IReadOnlyList<Norm> Norms => Inner.Norms;

    /// <summary>Whether all pixels have whole grey levels, and a perturbation inside the ball can change one.</summary>
    public static bool Apply(Tensor images, ThreatModel threat)
    {
        using var scope = NewDisposeScope();
        return threat.Epsilon * Levels >= 1 && (Rounded(images) - images).abs().max().item<float>() < 1e-6f;
    }

    /// <inheritdoc/>
    /// <remarks>In Linf the radius is that of whole levels, so that rounding stays in the ball.</remarks>
    public AttackResult Run(
        AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        var whole = threat.Norm == Norm.Linf
            ? new ThreatModel(Norm.Linf, Math.Floor((threat.Epsilon * Levels) + 1e-6) / Levels)
            : threat;
        using var result = Inner.Run(new Seen(surface), images, labels, whole, options);
        using var scope = NewDisposeScope();
        var rounded = Rounded(result.Images);
        // Towards the clean image where the next level lies outside.
        var inside = images + ((result.Images - images) * Levels).trunc() / Levels;
        var fits = threat.Norm.Distances(rounded, images).le(threat.Epsilon + Candidates.Tolerance);
        return result with { Images = where(fits.view(-1, 1, 1, 1), rounded, inside).MoveToOuterDisposeScope() };
    }

    static Tensor Rounded(Tensor images) => (images * Levels).round() / Levels;

    /// <summary>A defense that is shown whole grey levels.</summary>
    sealed class Seen(AttackSurface surface) : AttackSurface
    {
        public override IReadOnlyList<string> Members => surface.Members;

        public override IReadOnlyList<string> Gates => surface.Gates;

        public override bool HasOwnGradient => surface.HasOwnGradient;

        public override bool MayReject => surface.MayReject;

        public override int InnerGates => surface.InnerGates;

        public override int EotSamples => surface.EotSamples;

        public override IEnumerable<Module> Modules => surface.Modules;

        public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
        {
            using var scope = NewDisposeScope();
            var offset = (Rounded(images.detach()) - images.detach()).detach();
            return surface.Evaluate(images + offset, draws, call).MoveToOuterDisposeScope();
        }
    }
}
