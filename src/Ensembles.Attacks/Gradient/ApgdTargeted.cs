using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Targeted Auto-PGD, APGD-T (Croce and Hein 2020): <see cref="Apgd"/> once for each of the likeliest wrong classes t, on the targeted ratio
/// -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2), z_(i) the i-th highest logit.
/// </summary>
/// <remarks>
/// The targets are the wrong classes with the highest scores on the clean image. Any wrong class counts as a success, not the target
/// alone. Of three classes z_(3) stands for the mean, of two the difference z_t - z_y is followed undivided.
/// </remarks>
public sealed record ApgdTargeted : IAttack
{
    /// <summary>Steps towards each target; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>How many targets; at least 1. There are no more than the wrong classes.</summary>
    public int Targets { get; init; } = 9;

    /// <inheritdoc/>
    public string Name => $"APGD-T-{Steps} x {Targets}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Targets, 1);
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            var targets = (int)Math.Min(Targets, batch.WrongClasses.size(1));
            var aims = Enumerable.Range(0, targets).SelectMany(rank => RestartPlan.With(VoteAims.TargetedDlr(rank), surface, options.Criterion, gates: rank == 0));
            AutoStep.ClimbEach(batch, [.. aims], Steps);
        });
    }
}
