using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What <see cref="Apgd"/> increases.</summary>
public enum ApgdLoss
{
    /// <summary>The cross-entropy of the vote's scores. In float32 it vanishes where the classifier is sure.</summary>
    CrossEntropy,

    /// <summary>
    /// The difference of logits ratio, -(z_y - max_{k != y} z_k) / (z_(1) - z_(3)), z_(i) the i-th highest: scaling or shifting the logits does
    /// not change it. Of two classes there is no third, and the margin itself is followed.
    /// </summary>
    Dlr,
}

/// <summary>
/// Auto-PGD, APGD-CE and APGD-DLR (Croce and Hein 2020, "Reliable evaluation of adversarial robustness with an ensemble of diverse
/// parameter-free attacks"): projected gradient ascent with momentum, whose steps start at 2 epsilon and are halved, for each image, where they
/// no longer pay.
/// </summary>
/// <remarks>
/// Restarts begin on the edge of the ball. Behind gates the steps pass the gates too, as those of <see cref="AttackLoss.Adaptive"/> do; to
/// disrupt, each restart goes once for the vote and once for each gate's alarm. An image leaves as soon as it is broken.
/// </remarks>
public sealed record Apgd : IAttack
{
    /// <summary>What the steps increase.</summary>
    public ApgdLoss Loss { get; init; }

    /// <summary>Steps of each restart; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Restarts; at least 1.</summary>
    public int Restarts { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => $"APGD-{(Loss == ApgdLoss.Dlr ? "DLR" : "CE")}-{Steps}" + (Restarts == 1 ? "" : $" x {Restarts}");

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps }), ("twice the restarts", this with { Restarts = 2 * Restarts })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
        var vote = Loss switch
        {
            ApgdLoss.CrossEntropy => VoteAims.CrossEntropy,
            ApgdLoss.Dlr => VoteAims.Dlr,
            _ => throw new ArgumentOutOfRangeException(nameof(Loss), Loss, "The loss is CrossEntropy or Dlr."),
        };
        var aims = Enumerable.Repeat(RestartPlan.With(vote, surface, options.Criterion), Restarts).SelectMany(a => a).ToArray();
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch => AutoStep.ClimbEach(batch, aims, Steps));
    }
}
