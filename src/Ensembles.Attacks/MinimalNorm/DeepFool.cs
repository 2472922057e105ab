using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// DeepFool (Moosavi-Dezfooli et al. 2016, "DeepFool: a simple and accurate method to fool deep neural networks"):
/// steps onto the nearest boundary of the linearised classifier, x_{t+1} = x_0 + 1.02 (r_0 + ... + r_t), r_t being the
/// change of length |f_k| / ||grad f_k||_* + 1e-4 along the gradient of f_k = s_k - s_y at x_t for the class k whose
/// boundary is nearest, until the image is broken.
/// </summary>
/// <remarks>
/// Quick, and a good first guess of the distance: on a linear classifier one step is exact. It stops where it first
/// crosses a boundary, so the attacks that go on along it find nearer images. It knows the vote, not the gates, which
/// still judge what it finds.
/// </remarks>
public sealed record DeepFool : Attack
{
    /// <summary>
    /// Ends a creep onto a boundary that clipping to [0, 1] keeps out of reach of ever shorter steps.
    /// </summary>
    const double Least = 1e-4;

    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>
    /// How many wrong classes it looks at, those likeliest on the clean image; at least 1. Each costs a backward pass a
    /// step.
    /// </summary>
    public int Targets { get; init; } = 9;

    /// <summary>By which part of the way it steps over the boundary; 0 or above.</summary>
    public double Overshoot { get; init; } = 0.02;

    /// <inheritdoc/>
    public override string Name => $"DeepFool-{Steps}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.L2, Norm.Linf];

    /// <inheritdoc/>
    public override bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Targets, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Overshoot);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch)
    {
        int[] ranks = [.. Enumerable.Range(0, Math.Min(Targets, batch.TargetCount))];
        batch.ForEachRestart(1, active => Walk(active, ranks));
    }

    void Walk(ActiveSet active, int[] ranks)
    {
        var walker = active.Remember(active.Clean);
        var change = active.RememberZeros();
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var (lead, normal) = active.NearestBoundary(walker.Value, ranks);
            var length = lead.abs() / active.Ball.Gain(normal).clamp(min: 1e-30) + Least;
            change.Set(change.Value + length.view(-1, 1, 1, 1) * active.Ball.SteepestStep(normal, walker.Value, 1));
            walker.Set((active.Clean + (1 + Overshoot) * change.Value).clamp(0, 1));
            active.ReportProgress((step + 1.0) / Steps);
            if (active.EvaluateAt(walker.Value) is not { } here)
                return;
            // A broken image is done with, also where it is outside the ball.
            var standing = here.IsSurelyMet!.logical_not().nonzero().flatten();
            if (standing.size(0) == 0)
                return;
            active.Keep(standing);
        }
    }
}
