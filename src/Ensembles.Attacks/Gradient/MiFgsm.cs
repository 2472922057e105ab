using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The momentum iterative fast gradient sign method (Dong et al. 2018, "Boosting adversarial attacks with momentum"): from the clean image,
/// d_t = mu d_{t-1} + grad L(x_t) / ||grad L(x_t)||_1, x_{t+1} = Proj(x_t + a sign d_t) under Linf, x_{t+1} = Proj(x_t + a d_t / ||d_t||_2) under L2.
/// </summary>
/// <remarks>
/// The momentum carries it over what is peculiar to one network, so its images transfer better than those of <see cref="Pgd"/>: craft on substitutes with it.
/// It draws nothing and follows one loss, so it is weaker than <see cref="Pgd"/> with restarts: do not judge a defense by it.
/// </remarks>
public sealed record MiFgsm : IAttack
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
    public string Name => $"MI-FGSM-{Steps}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        if (StepSize is not (null or > 0))
            throw new ArgumentOutOfRangeException(nameof(StepSize), StepSize, "A step has a positive length, in units of pixel values.");
        if (!(Decay >= 0) || double.IsInfinity(Decay))
            throw new ArgumentOutOfRangeException(nameof(Decay), Decay, "The decay of the momentum is 0 or above: 1 adds up all gradients, 0 forgets them.");

        var ascent = new ProjectedAscent(Steps, _ => StepSize ?? threat.Epsilon / Steps, Decay);
        return ascent.RunOnce(this, Loss, surface, images, labels, threat, options);
    }
}
