namespace Ensembles.Attacks;

/// <summary>
/// Targeted FAB, FAB-T (Croce and Hein 2020): <see cref="Fab"/> once for each of the likeliest wrong classes, on the
/// boundary between it and the true class alone, at one backward pass a step.
/// </summary>
/// <remarks>
/// The targets are the classes with the highest scores on the clean image that meet the criterion. Any of these counts
/// as a success.
/// </remarks>
public sealed record FabTargeted : Attack
{
    /// <summary>Steps towards each target; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>How many targets; at least 1. There are no more than the classes that meet the criterion.</summary>
    public int Targets { get; init; } = 9;

    /// <inheritdoc/>
    public override string Name => $"FAB-T-{Steps} x {Targets}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public override bool IsMinimalNorm => true;

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
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(
        Math.Min(Targets, batch.TargetCount),
        active => BoundaryWalk.Walk(active, [active.Restart], fromRandomPoint: false, Steps));
}
