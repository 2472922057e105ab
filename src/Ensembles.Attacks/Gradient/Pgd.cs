using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Projected gradient descent (Madry et al. 2017 [20]): x_0 random in the ball, x_{t+1} = Proj(x_t + a sign grad_x L(x_t)) under
/// Linf, x_{t+1} = Proj(x_t + a g / ||g||_2) under L2.
/// </summary>
/// <remarks>
/// Against an ensemble each restart follows another of several losses over vote, quorum and gates (<see cref="AttackLoss.Adaptive"/>), so
/// give it at least six restarts there. An image leaves as soon as it is broken; the best iterate of every image is kept.
/// </remarks>
public sealed record Pgd : IAttack
{
    /// <summary>Steps of each restart; at least 1.</summary>
    public int Steps { get; init; } = 40;

    /// <summary>Restarts; at least 1.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>
    /// Length of every step in the threat model's norm; null for steps that fall from epsilon / 2 in equal parts towards 0, which end nearer
    /// to the optimum than equal steps do, above all where the gradient is noisy.
    /// </summary>
    public double? StepSize { get; init; }

    /// <summary>
    /// Whether restarts begin at a random point of the ball; else at the clean image. Where an attack is given
    /// <see cref="AttackOptions.StartingImages"/>, every second restart begins at one of those, the most promising first.
    /// </summary>
    public bool RandomStart { get; init; } = true;

    /// <summary>What the steps increase.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.Adaptive;

    /// <inheritdoc/>
    public string Name => Restarts == 1 ? $"PGD-{Steps}" : $"PGD-{Steps} x {Restarts}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps }), ("twice the restarts", this with { Restarts = 2 * Restarts })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
        if (StepSize is not (null or > 0))
            throw new ArgumentOutOfRangeException(nameof(StepSize), StepSize, "A step has a positive length, in units of pixel values.");

        var ascent = StepSize is { } length ? new ProjectedAscent(Steps, _ => length) : ProjectedAscent.OfFallingSteps(Steps, threat.Epsilon);
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            for (var restart = 0; restart < Restarts && batch.AnyOpen; restart++)
            {
                var before = restart;
                using var front = batch.Open(restart, RestartPlan.Aim(surface, Loss, options.Criterion, restart), Steps);
                if (restart % 2 == 0 && restart / 2 < batch.Starts.Count)
                    front.MoveToStart(rank: restart / 2);
                else if (RandomStart)
                    front.MoveToRandomPoint();
                ascent.Climb(batch, front, done => batch.Progress((before + done) / Restarts));
                batch.Confirm(restart);
            }
        });
    }
}
