namespace Ensembles.Attacks;

/// <summary>
/// The basic iterative method (Kurakin et al. 2016 [18]), iterated FGSM: x_0 the clean image,
/// x_{t+1} = Proj(x_t + a sign grad_x L(x_t)) under Linf, x_{t+1} = Proj(x_t + a g / ||g||_2) under L2. It is
/// <see cref="Pgd"/> with equal steps and no random start.
/// </summary>
/// <remarks>
/// For Linf the authors take steps of 1 / 255, the smaller of 255 epsilon + 4 and 1.25 * 255 epsilon of them. It draws
/// nothing and follows one loss, so it is weaker than <see cref="Pgd"/> with restarts: use it to compare with older
/// figures.
/// </remarks>
public sealed record Bim : Attack
{
    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>
    /// Length of every step in the threat model's norm; null for 2.5 epsilon / <see cref="Steps"/>, enough to reach the
    /// edge of the ball and to turn back.
    /// </summary>
    public double? StepSize { get; init; }

    /// <summary>What the steps increase.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.Adaptive;

    /// <inheritdoc/>
    public override string Name => $"BIM-{Steps}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured() => Pgd.ThrowIfNotSteps(Steps, StepSize);

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch)
    {
        var size = StepSize ?? 2.5 * batch.Ball.Epsilon / Steps;
        batch.ForEachRestart(1, Loss, Steps, active => Pgd.Climb(active, Steps, _ => size));
    }
}
