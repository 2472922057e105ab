using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The momentum iterative fast gradient sign method (Dong et al. 2018, "Boosting adversarial attacks with momentum"):
/// from the clean image, d_t = mu d_{t-1} + grad L(x_t) / ||grad L(x_t)||_1, x_{t+1} = Proj(x_t + a sign d_t) under
/// Linf, x_{t+1} = Proj(x_t + a d_t / ||d_t||_2) under L2.
/// </summary>
/// <remarks>
/// The momentum carries it over what is peculiar to one network, so its images transfer better than those of
/// <see cref="Pgd"/>: craft on substitutes with it. It draws nothing and follows one loss, so it is weaker than
/// <see cref="Pgd"/> with restarts: do not judge a defense by it.
/// </remarks>
public sealed record MiFgsm : Attack
{
    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 10;

    /// <summary>Length of every step in the threat model's norm; null for epsilon / <see cref="Steps"/>.</summary>
    public double? StepSize { get; init; }

    /// <summary>The decay mu of the momentum; at least 0, where 0 is none.</summary>
    public double Decay { get; init; } = 1;

    /// <summary>What the steps increase.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.Adaptive;

    /// <inheritdoc/>
    public override string Name => $"MI-FGSM-{Steps}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        Pgd.ThrowIfNotSteps(Steps, StepSize);
        if (!(Decay >= 0) || double.IsInfinity(Decay))
            throw new ArgumentOutOfRangeException(
                nameof(Decay), Decay,
                "The decay of the momentum is 0 or above: 1 adds up all gradients, 0 forgets them.");
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, Loss, Steps, active =>
    {
        var size = StepSize ?? batch.Ball.Epsilon / Steps;
        var momentum = active.RememberZeros();
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (active.Differentiate() is not { } here)
                return;
            if (Decay > 0)
                momentum.Set(Decay * momentum.Value + OfLengthOne(here.Direction));
            active.Step(Decay > 0 ? momentum.Value : here.Direction, size);
            active.ReportProgress((step + 1.0) / Steps);
        }
        active.Evaluate();
    });

    /// <summary>The gradients over the sum of their entries' sizes; 0 where the gradient is 0.</summary>
    static Tensor OfLengthOne(Tensor gradient)
    {
        // Divided by the largest entry first: the sum of very large entries leaves float32, and very small ones vanish
        // in it.
        var largest = gradient.abs().flatten(1).amax([1]).view(-1, 1, 1, 1);
        var bounded = gradient / largest.masked_fill(largest.eq(0), 1);
        var length = bounded.abs().flatten(1).sum(1).view(-1, 1, 1, 1);
        return bounded / length.masked_fill(length.eq(0), 1);
    }
}
