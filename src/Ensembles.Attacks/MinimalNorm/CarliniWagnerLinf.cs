using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Carlini and Wagner's attack under Linf [6]: minimise c f(x') + sum_i max(|x'_i - x_i| - tau, 0) by Adam; where the
/// image is broken within tau, tau falls to 0.98 times its largest change, and where it is not broken for long, c is
/// doubled.
/// </summary>
/// <remarks>
/// f is what is missing to the criterion, vote and gates, as in <see cref="CarliniWagnerL2"/>. Every image has its own
/// tau and c, and leaves when tau is below 1/256 or c above the largest. Steps are clipped to [0, 1], where the authors
/// change the variable: pixels at the bounds would take hundreds of steps to come back. With the authors' 0.9 an image
/// ends up to a tenth farther away than it must, and with steps of one size nothing nearer is found: they shrink where
/// c rises. c is in units of one over the largest entry that the gradient of f had, so the scale of the scores does not
/// matter; below 1 the penalty holds every pixel at tau. <see cref="Fmn"/> gets nearer with fewer steps.
/// </remarks>
public sealed record CarliniWagnerLinf : Attack
{
    const double TauDecay = 0.98;
    const double RateDecay = 0.7;
    const double LeastTau = 1.0 / 256;

    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>
    /// For how many steps an image may stay unbroken within tau until c is doubled and its steps shrink to 0.7 times
    /// their rate; at least 1.
    /// </summary>
    public int Patience { get; init; } = 20;

    /// <summary>The first constant c; positive.</summary>
    public double FirstConstant { get; init; } = 0.05;

    /// <summary>The largest constant c, with which an image is given up; above the first.</summary>
    public double LargestConstant { get; init; } = 8;

    /// <summary>The first rate of Adam's steps, about the most a pixel moves in one; positive.</summary>
    public double LearningRate { get; init; } = 0.002;

    /// <inheritdoc/>
    public override string Name => $"C&W-Linf-{Steps}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf];

    /// <inheritdoc/>
    public override bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Patience, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FirstConstant);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(LargestConstant, FirstConstant);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(LearningRate);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, active =>
    {
        var images = active.Remember(active.Clean);
        var (adam, tau) = (new Adam(active), active.Remember(1));
        var (constant, rate) = (active.Remember(FirstConstant), active.Remember(LearningRate));
        var (waited, steepest) = (active.Remember(0), active.Remember(0));
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (active.DifferentiateAt(images.Value, seen => HingeLoss.Hard(seen)) is not { } here)
                return;

            var change = images.Value - active.Clean;
            var largest = batch.Ball.Length(change);
            var within = here.IsMet.logical_and(largest.le(tau.Value));
            tau.SetWhere(within, TauDecay * largest);
            waited.Set((waited.Value + 1).masked_fill(within, 0));
            // Before it is broken at all nothing holds it back, and no c is too small.
            var late = waited.Value.ge(Patience).logical_and(tau.Value.lt(1));
            constant.SetWhere(late, 2 * constant.Value);
            rate.SetWhere(late, RateDecay * rate.Value);
            waited.Set(waited.Value.masked_fill(late, 0));

            var beyond = change.abs().gt(tau.Value.view(-1, 1, 1, 1));
            steepest.Set(steepest.Value.maximum(here.Gradient.flatten(1).abs().amax([1])));
            var weight = constant.Value / steepest.Value.clamp(min: 1e-12);
            var gradient = weight.view(-1, 1, 1, 1) * here.Gradient + change.sign() * beyond;
            images.Set((images.Value + rate.Value.view(-1, 1, 1, 1) * adam.Step(gradient, 1)).clamp(0, 1));
            active.ReportProgress((step + 1.0) / Steps);

            var left = tau.Value.ge(LeastTau).logical_and(constant.Value.le(LargestConstant)).nonzero().flatten();
            if (left.size(0) == 0)
                return;
            active.Keep(left);
        }
    });
}
