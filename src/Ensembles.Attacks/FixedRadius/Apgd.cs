namespace Ensembles.Attacks;

/// <summary>
/// Auto-PGD, APGD-CE and APGD-DLR (Croce and Hein 2020, "Reliable evaluation of adversarial robustness with an ensemble
/// of diverse parameter-free attacks"): projected gradient ascent with momentum, whose steps start at 2 epsilon and are
/// halved, for each image, where they no longer pay: see <see cref="AutoStep"/>.
/// </summary>
/// <remarks>
/// Restarts begin on the edge of the ball. Behind gates the steps pass the gates too, as those of
/// <see cref="AttackLoss.Adaptive"/> do; to disrupt, each restart goes once for the vote and once for each gate's
/// alarm. An image leaves as soon as it is broken.
/// </remarks>
public sealed record Apgd : Attack
{
    /// <summary>
    /// What the steps increase: <see cref="AttackLoss.CrossEntropy"/> or <see cref="AttackLoss.Dlr"/> as published.
    /// </summary>
    public VoteLoss Loss { get; init; } = AttackLoss.CrossEntropy;

    /// <summary>Steps of each restart; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Restarts; at least 1.</summary>
    public int Restarts { get; init; } = 1;

    /// <inheritdoc/>
    public override string Name => $"APGD-{Letters}-{Steps}" + (Restarts == 1 ? "" : $" x {Restarts}");

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
    [
        ("twice the steps", this with { Steps = 2 * Steps }),
        ("twice the restarts", this with { Restarts = 2 * Restarts }),
    ];

    string Letters => Loss == AttackLoss.CrossEntropy ? "CE" : Loss == AttackLoss.Dlr ? "DLR" : Loss.Name;

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch)
    {
        var losses = RestartLoss.ForVoteAndGates(Loss, batch.Surface, batch.Options.Criterion);
        RestartLoss[] all = [.. Enumerable.Repeat(losses, Restarts).SelectMany(restart => restart)];
        batch.ForEachRestart(all, Steps, active => AutoStep.Climb(active, Steps));
    }
}
