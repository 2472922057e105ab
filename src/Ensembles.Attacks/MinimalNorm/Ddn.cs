using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Decoupled direction and norm, DDN (Rony et al. 2019, "Decoupling direction and norm for efficient gradient-based L2
/// adversarial attacks and defenses"): the gradient turns the change, x_{t+1} = x + eps_{t+1} d / ||d||_2 with
/// d = delta_t - a_t g / ||g||_2, and its length eps shrinks by 5 % where the vote is wrong and grows by 5 % where it
/// is right.
/// </summary>
/// <remarks>
/// a_t falls from 1 to 0.01 along half a cosine. g is the gradient of what is missing to the criterion, vote and gates:
/// that of the cross-entropy where there are no gates, but for its length, and it does not vanish in float32 as that
/// one does. A hundred steps get as near as thousands of <see cref="CarliniWagnerL2"/>. It looks for a way past the
/// gates near the boundary of the vote, and that attack finds one far beyond it too.
/// </remarks>
public sealed record Ddn : Attack
{
    const double LastStepSize = 0.01;

    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>The length of the first change, in units of pixel values; positive.</summary>
    public double FirstLength { get; init; } = 1;

    /// <summary>By which part the length shrinks or grows in a step, in (0, 1).</summary>
    public double Gamma { get; init; } = 0.05;

    /// <inheritdoc/>
    public override string Name => $"DDN-{Steps}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.L2];

    /// <inheritdoc/>
    public override bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FirstLength);
        if (Gamma is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Gamma), Gamma, "The length shrinks by a part in (0, 1).");
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, active =>
    {
        var ball = batch.Ball;
        var (images, length) = (active.Remember(active.Clean), active.Remember(FirstLength));
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (active.DifferentiateAt(images.Value, HingeLoss.Soft) is not { } here)
                return;
            length.Set(length.Value * where(here.VoteMeets, (float)(1 - Gamma), (float)(1 + Gamma)));
            var direction = images.Value - active.Clean - StepSize(step) * ball.Normalize(here.Gradient);
            var change = length.Value.view(-1, 1, 1, 1) * ball.Normalize(direction);
            images.Set((active.Clean + change).clamp(0, 1));
            active.ReportProgress((step + 1.0) / Steps);
        }
    });

    double StepSize(int step) => LastStepSize + (1 - LastStepSize) * (1 + Math.Cos(Math.PI * step / Steps)) / 2;
}
