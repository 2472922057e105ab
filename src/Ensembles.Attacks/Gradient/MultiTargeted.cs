using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The MultiTargeted attack (Gowal et al. 2019, "An alternative surrogate loss for PGD-based adversarial testing"): projected gradient descent on the lead
/// z_t - z_y of each wrong class t in turn, from a random point of the ball, and the best of all.
/// </summary>
/// <remarks>
/// One loss may climb towards a class that is out of reach and never try the one that is not; this tries all, so it is never worse than its best single target. It
/// costs a run for each. Behind gates the steps pass the gates too, as those of <see cref="AttackLoss.Adaptive"/> do; to disrupt, one run more for each gate's alarm. Any wrong
/// class counts as a success, not the target alone.
/// </remarks>
public sealed record MultiTargeted : IAttack
{
    /// <summary>Steps towards each target, falling from epsilon / 2 in equal parts towards 0; at least 1.</summary>
    public int Steps { get; init; } = 40;

    /// <summary>How many targets, the likeliest on the clean image first; at least 1. Null for all wrong classes.</summary>
    public int? Targets { get; init; }

    /// <inheritdoc/>
    public string Name => $"MultiTargeted-{Steps}" + (Targets is null ? "" : $" x {Targets}");

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        if (Targets is { } some)
            ArgumentOutOfRangeException.ThrowIfLessThan(some, 1, nameof(Targets));

        var ascent = ProjectedAscent.OfFallingSteps(Steps, threat.Epsilon);
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            var targets = (int)Math.Min(Targets ?? int.MaxValue, batch.WrongClasses.size(1));
            Aim[] aims = [.. Enumerable.Range(0, targets).SelectMany(rank => RestartPlan.With(VoteAims.Targeted(rank), surface, options.Criterion, gates: rank == 0))];
            for (var restart = 0; restart < aims.Length && batch.AnyOpen; restart++)
            {
                var before = restart;
                using var front = batch.Open(restart, aims[restart], Steps);
                front.MoveToRandomPoint();
                ascent.Climb(batch, front, done => batch.Progress((before + done) / aims.Length));
                batch.Confirm(restart);
            }
        });
    }
}
