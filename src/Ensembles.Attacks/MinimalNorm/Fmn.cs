using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The fast minimum-norm attack, FMN (Pintor et al. 2021, "Fast minimum-norm adversarial attacks through adaptive norm
/// constraints"): steps along the gradient inside a ball around the clean image, delta_{t+1} = Proj_{eps_t}(delta_t -
/// a_t g), whose radius follows the boundary.
/// </summary>
/// <remarks>
/// Until the vote is wrong for the first time, eps_t = ||delta_t|| + f / ||grad f||_*, where the linearised boundary
/// is; from there on it is (1 - c_t) times the smaller of itself and ||delta_t|| where the vote is wrong, and (1 + c_t)
/// times itself where it is right. The steps' Euclidean length a_t and c_t fall to almost nothing along half a cosine.
/// f is what is missing to the criterion, vote and gates, as in <see cref="Ddn"/>. Behind gates
/// <see cref="CarliniWagnerL2"/> and <see cref="Ddn"/> get nearer.
/// </remarks>
public sealed record Fmn : Attack
{
    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>The Euclidean length of the first step, in units of pixel values; positive.</summary>
    public double FirstStepSize { get; init; } = 1;

    /// <summary>By which part the radius first shrinks or grows, in (0, 1).</summary>
    public double Gamma { get; init; } = 0.05;

    /// <inheritdoc/>
    public override string Name => $"FMN-{Steps}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.L2, Norm.Linf, Norm.L1];

    /// <inheritdoc/>
    public override bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FirstStepSize);
        if (Gamma is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Gamma), Gamma, "The radius shrinks by a part in (0, 1).");
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch)
    {
        using var euclidean = Ball.Create(ThreatModel.Unbounded(Norm.L2));
        batch.ForEachRestart(1, active => Follow(active, euclidean));
    }

    void Follow(ActiveSet active, Ball euclidean)
    {
        var ball = active.Ball;
        var (images, radius) = (active.Remember(active.Clean), active.Remember(double.PositiveInfinity));
        var found = active.RememberFlag();
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (active.DifferentiateAt(images.Value, HingeLoss.Soft) is not { } here)
                return;
            found.Set(found.Value.logical_or(here.VoteMeets));

            var change = images.Value - active.Clean;
            var (share, length) = (Cosine(step), ball.Length(change));
            var ahead = length + here.Loss / ball.Gain(here.Gradient).clamp(min: 1e-30);
            var inward = length.minimum(radius.Value) * (1 - Gamma * share);
            var outward = where(found.Value, radius.Value * (1 + Gamma * share), ahead);
            radius.Set(where(here.VoteMeets, inward, outward));

            var moved = change - FirstStepSize * share * euclidean.Normalize(here.Gradient);
            images.Set((active.Clean + ball.Shorten(moved, radius.Value)).clamp(0, 1));
            active.ReportProgress((step + 1.0) / Steps);
        }
    }

    double Cosine(int step) => (1 + Math.Cos(Math.PI * step / Steps)) / 2;
}
