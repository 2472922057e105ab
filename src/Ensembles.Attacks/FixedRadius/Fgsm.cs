namespace Ensembles.Attacks;

/// <summary>
/// The fast gradient sign method (Goodfellow et al. 2014 [12]): one step of length epsilon,
/// x' = Proj(x + eps sign grad_x L(x)) under Linf, x' = Proj(x + eps g / ||g||_2) under L2.
/// </summary>
/// <remarks>One step is a weak attack: use it to check that iterating helps, not to judge a defense by.</remarks>
public sealed record Fgsm : Attack
{
    /// <summary>What the step increases.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.Adaptive;

    /// <inheritdoc/>
    public override string Name => "FGSM";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("many steps", new Pgd { Loss = Loss, Steps = 20, RandomStart = false })];

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, Loss, steps: 1, active =>
    {
        using var here = active.Differentiate();
        if (here is null)
            return;
        active.Step(here.Direction, batch.Ball.Epsilon);
        active.Evaluate();
    });
}
