namespace Ensembles.Attacks;

/// <summary>
/// Targeted Auto-PGD, APGD-T (Croce and Hein 2020): <see cref="Apgd"/> once for each of the likeliest wrong classes t,
/// on the targeted ratio -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2), z_(i) the i-th highest logit.
/// </summary>
/// <remarks>
/// The targets are the classes with the highest scores on the clean image that meet the criterion. Any of these counts
/// as a success, not the target alone. Of three classes z_(3) stands for the mean, of two the difference z_t - z_y is
/// followed undivided.
/// </remarks>
public sealed record ApgdTargeted : Attack
{
    /// <summary>Steps towards each target; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>How many targets; at least 1. There are no more than the classes that meet the criterion.</summary>
    public int Targets { get; init; } = 9;

    /// <inheritdoc/>
    public override string Name => $"APGD-T-{Steps} x {Targets}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Targets, 1);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch)
    {
        var targets = Math.Min(Targets, batch.TargetCount);
        var losses = RestartLoss.ForTargets(
            targets, rank => new TargetedDlrLoss(rank), batch.Surface, batch.Options.Criterion);
        batch.ForEachRestart(losses, Steps, active => AutoStep.Climb(active, Steps));
    }
}
