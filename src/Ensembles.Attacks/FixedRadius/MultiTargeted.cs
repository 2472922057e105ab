namespace Ensembles.Attacks;

/// <summary>
/// The MultiTargeted attack (Gowal et al. 2019, "An alternative surrogate loss for PGD-based adversarial testing"):
/// projected gradient descent on the lead z_t - z_y of each wrong class t in turn, from a random point of the ball, and
/// the best of all.
/// </summary>
/// <remarks>
/// One loss may climb towards a class that is out of reach and never try the one that is not; this tries all, so it is
/// never worse than its best single target. It costs a run for each. Behind gates the steps pass the gates too, as
/// those of
/// <see cref="AttackLoss.Adaptive"/> do; to disrupt, one run more for each gate's alarm. Any class that meets the
/// criterion counts as a success, not the target alone.
/// </remarks>
public sealed record MultiTargeted : Attack
{
    /// <summary>Steps towards each target, falling from epsilon / 2 in equal parts towards 0; at least 1.</summary>
    public int Steps { get; init; } = 40;

    /// <summary>
    /// How many targets, the likeliest on the clean image first; at least 1. Null for all classes that meet the
    /// criterion.
    /// </summary>
    public int? Targets { get; init; }

    /// <inheritdoc/>
    public override string Name => $"MultiTargeted-{Steps}" + (Targets is null ? "" : $" x {Targets}");

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        if (Targets is { } some)
            ArgumentOutOfRangeException.ThrowIfLessThan(some, 1, nameof(Targets));
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch)
    {
        var targets = Math.Min(Targets ?? int.MaxValue, batch.TargetCount);
        var losses = RestartLoss.ForTargets(
            targets, rank => new LeadLoss(rank), batch.Surface, batch.Options.Criterion);
        var falling = Pgd.FallingSteps(Steps, batch.Ball.Epsilon);
        batch.ForEachRestart(losses, Steps, active =>
        {
            active.MoveToRandomPoint();
            Pgd.Climb(active, Steps, falling);
        });
    }
}
