namespace Ensembles.Attacks;

/// <summary>
/// The fast adaptive boundary attack, FAB (Croce and Hein 2020, "Minimally distorted adversarial examples with a fast
/// adaptive boundary attack"): it walks along the nearest decision boundary and looks for the point of it that is
/// closest to the clean image: see <see cref="BoundaryWalk"/>.
/// </summary>
/// <remarks>
/// It linearises the boundaries of all wrong classes at every step, which costs a backward pass for each: with many
/// classes use
/// <see cref="FabTargeted"/>. Scaling the logits does not change it. It knows the vote, not the gates, which still
/// judge what it finds. An image leaves as soon as it is broken inside the ball; points outside it never count.
/// </remarks>
public sealed record Fab : Attack
{
    /// <summary>Steps of each restart; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>
    /// Restarts, the first from the clean image and the others half a radius away from it; at least 1.
    /// </summary>
    public int Restarts { get; init; } = 1;

    /// <inheritdoc/>
    public override string Name => $"FAB-{Steps}" + (Restarts == 1 ? "" : $" x {Restarts}");

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public override bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
    [
        ("twice the steps", this with { Steps = 2 * Steps }),
        ("twice the restarts", this with { Restarts = 2 * Restarts }),
    ];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch)
    {
        int[] all = [.. Enumerable.Range(0, batch.TargetCount)];
        batch.ForEachRestart(
            Restarts, active => BoundaryWalk.Walk(active, all, fromRandomPoint: active.Restart > 0, Steps));
    }
}
