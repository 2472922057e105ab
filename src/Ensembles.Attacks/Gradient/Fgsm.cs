using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The fast gradient sign method (Goodfellow et al. 2014 [12]): one step of length epsilon,
/// x' = Proj(x + eps sign grad_x L(x)) under Linf, x' = Proj(x + eps g / ||g||_2) under L2.
/// </summary>
/// <remarks>One step is a weak attack: use it to check that iterating helps, not to judge a defense by.</remarks>
public sealed record Fgsm : IAttack
{
    /// <summary>What the step increases.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.Adaptive;

    /// <inheritdoc/>
    public string Name => "FGSM";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("many steps", new Pgd { Loss = Loss, Steps = 20, RandomStart = false })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        var aim = RestartPlan.Aim(surface, Loss, options.Criterion, restart: 0);
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            using var front = batch.Open(restart: 0, aim);
            using var slope = front.Differentiate();
            if (slope is null)
                return;
            front.Step(slope.Direction, batch.Ball.Epsilon);
            front.Evaluate()?.Dispose();
            batch.Confirm(restart: 0);
        });
    }
}
