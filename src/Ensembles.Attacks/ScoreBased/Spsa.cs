using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Simultaneous perturbation stochastic approximation, SPSA (Uesato et al. 2018, "Adversarial risk and the dangers of
/// evaluating against weak attacks"): from the clean image, Adam on the estimate g = mean_i (L(x + c v_i) - L(x - c
/// v_i)) / (2 c) v_i with random signs v_i, projected into the ball.
/// </summary>
/// <remarks>
/// <para>
/// It descends without a gradient, so it goes on where the gradient is masked by noise, by rounding or by a part that
/// has none, if the scores still vary over the distance c. Where they do not, no answer of a step differing, c is
/// doubled for that image. Many queries make it strong: the authors take up to 8192 a step.
/// </para>
/// <para>
/// L is the vote's margin and, behind gates, the way left to both, as for <see cref="Square"/>. The signs are the same
/// for all images of a batch. Probes lie in [0, 1] and may lie outside the ball, where they do not count as successes.
/// </para>
/// </remarks>
public sealed record Spsa : Attack
{
    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>
    /// Queries of each step's estimate, in pairs x +- c v; even and at least 2. The image moved to is one more.
    /// </summary>
    public int Samples { get; init; } = 128;

    /// <summary>Adam's learning rate: about the most a pixel moves in a step; positive.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>The distance c, in units of pixel values; positive.</summary>
    public double Probe { get; init; } = 0.01;

    /// <inheritdoc/>
    public override string Name => $"SPSA-{Steps} x {Samples}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
    [
        ("twice the steps", this with { Steps = 2 * Steps }),
        ("twice the samples", this with { Samples = 2 * Samples }),
    ];

    /// <inheritdoc/>
    protected override AttackAccess Access => AttackAccess.Scores;

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        if (Samples < 2 || Samples % 2 != 0)
            throw new ArgumentOutOfRangeException(
                nameof(Samples), Samples, "Samples come in pairs: an even number of at least 2.");
        if (LearningRate is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(
                nameof(LearningRate), LearningRate, "The learning rate is positive, in units of pixel values.");
        if (Probe is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(
                nameof(Probe), Probe, "Probes lie at a distance in (0, 1], in units of pixel values.");
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, active =>
    {
        var (adam, distance) = (new Adam(active), active.Remember(Probe));
        for (var step = 1; step <= Steps; step++)
        {
            using var scope = NewDisposeScope();
            var dice = new Dice(active.Seed(int.MaxValue - (long)step));
            var gradient = Estimate(active, distance.Value, batch.RowsAtOnce, dice);
            distance.SetWhere(gradient.flatten(1).eq(0).all(1), (2 * distance.Value).clamp(max: 1));
            active.Move(adam.Step(-gradient, LearningRate));
            active.ReportProgress((double)step / Steps);
            if (active.Evaluate() is null)
                return;
        }
    });

    /// <summary>
    /// The estimate [A, C, H, W] of the gradient of the nearness to the criterion, at probes of a distance [A].
    /// </summary>
    Tensor Estimate(ActiveSet active, Tensor distance, int queriesAtOnce, Dice dice)
    {
        using var scope = NewDisposeScope();
        var here = active.Images;
        var reach = distance.view(1, -1, 1, 1, 1);
        var pairsAtOnce = (int)Math.Max(queriesAtOnce / (2 * here.size(0)), 1);
        var sum = active.RememberZeros();
        for (var pairs = 0; pairs < Samples / 2; pairs += pairsAtOnce)
        {
            using var part = NewDisposeScope();
            // Drawn one by one: how many are asked at once changes nothing.
            var some = Math.Min(pairsAtOnce, Samples / 2 - pairs);
            var signs = stack(Enumerable.Range(0, some).Select(_ => dice.Signs(here, [1, .. here.shape[1..]])));
            var probes = cat([here + reach * signs, here - reach * signs]).clamp(0, 1);
            var nearness = active.Query(probes.flatten(0, 1)).Nearness.view(2, some, -1);
            // No rise between two answers of negative infinity.
            var rise = (nearness[0] - nearness[1]).nan_to_num(0, 0, 0).view(some, -1, 1, 1, 1);
            sum.Set(sum.Value + (rise * signs / (2 * reach)).sum([0]));
        }
        using (sum)
            return (sum.Value / (Samples / 2)).MoveToOuterDisposeScope();
    }
}
