using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Projected gradient descent (Madry et al. 2017 [20]): x_0 random in the ball, x_{t+1} = Proj(x_t + a sign grad_x
/// L(x_t)) under Linf, x_{t+1} = Proj(x_t + a g / ||g||_2) under L2.
/// </summary>
/// <remarks>
/// Against an ensemble each restart follows another of several losses over vote, quorum and gates
/// (<see cref="AttackLoss.Adaptive"/>), so give it at least six restarts there. An image leaves as soon as it is
/// broken; the best iterate of every image is kept.
/// </remarks>
public sealed record Pgd : Attack
{
    /// <summary>Steps of each restart; at least 1.</summary>
    public int Steps { get; init; } = 40;

    /// <summary>Restarts; at least 1.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>
    /// Length of every step in the threat model's norm; null for steps that fall from epsilon / 2 in equal parts
    /// towards 0, which end nearer to the optimum than equal steps do, above all where the gradient is noisy.
    /// </summary>
    public double? StepSize { get; init; }

    /// <summary>
    /// Whether restarts begin at a random point of the ball; else at the clean image. Where an attack is given
    /// <see cref="AttackOptions.StartingImages"/>, every second restart begins at one of those, the most promising
    /// first.
    /// </summary>
    public bool RandomStart { get; init; } = true;

    /// <summary>What the steps increase.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.Adaptive;

    /// <inheritdoc/>
    public override string Name => Restarts == 1 ? $"PGD-{Steps}" : $"PGD-{Steps} x {Restarts}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
    [
        ("twice the steps", this with { Steps = 2 * Steps }),
        ("twice the restarts", this with { Restarts = 2 * Restarts }),
    ];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ThrowIfNotSteps(Steps, StepSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch)
    {
        var falling = FallingSteps(Steps, batch.Ball.Epsilon);
        batch.ForEachRestart(Restarts, Loss, Steps, active =>
        {
            if (active.Restart % 2 == 0 && active.Restart / 2 < batch.StartCount)
                active.MoveToStart(rank: active.Restart / 2);
            else if (RandomStart)
                active.MoveToRandomPoint();
            Climb(active, Steps, step => StepSize ?? falling(step));
        });
    }

    /// <summary>
    /// x_{t+1} = Proj(x_t + a_t s(g_t)) from where the images are, s being the steepest step of length 1, until every
    /// image is broken or the steps are used.
    /// </summary>
    internal static void Climb(ActiveSet active, int steps, Func<int, double> stepSize)
    {
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            if (active.Differentiate() is not { } here)
                return;
            active.Step(here.Direction, stepSize(step));
            active.ReportProgress((step + 1.0) / steps);
        }
        active.Evaluate();
    }

    /// <summary>Steps that fall from epsilon / 2 in equal parts towards 0.</summary>
    internal static Func<int, double> FallingSteps(int steps, double epsilon) =>
        step => epsilon / 2 * (1 - (double)step / steps);

    internal static void ThrowIfNotSteps(int steps, double? stepSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1, nameof(Steps));
        if (stepSize is not (null or > 0))
            throw new ArgumentOutOfRangeException(
                nameof(StepSize), stepSize, "A step has a positive length, in units of pixel values.");
    }
}
