using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// HopSkipJump (Chen et al. 2020, "HopSkipJumpAttack: a query-efficient decision-based attack"): steps from the
/// decision boundary along an estimate of its normal, and back onto the boundary, seeing decided labels alone.
/// </summary>
/// <remarks>
/// <para>
/// At the t-th step, from x on the boundary at the distance r: with phi_b = 1 where x + delta u_b is wrong and else -1,
/// for B = B_0 sqrt(t) random directions u_b of length 1, the normal is sum_b (phi_b - mean phi) u_b, and delta = r / d
/// for d pixel values. A step of r / sqrt(t) along it, under Linf along its sign, is halved until the label is wrong
/// there, and bisected to the boundary towards the clean image; it counts if that is nearer.
/// </para>
/// <para>
/// Starts, and what they cannot find, are those of <see cref="Boundary"/>. A rejected image counts as right. The
/// directions are the same for all images of a batch. It needs no gradient and no scores; against a randomised defense,
/// whose labels near the boundary are chance, the estimate is poor.
/// </para>
/// </remarks>
public sealed record HopSkipJump : Attack
{
    const double FirstProbe = 0.1;
    const int MostHalvings = 20;
    const double Tiny = 1e-6;

    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 64;

    /// <summary>Queries B_0 of the first estimate; at least 1.</summary>
    public int FirstQueries { get; init; } = 100;

    /// <inheritdoc/>
    public override string Name => $"HopSkipJump-{Steps} x {FirstQueries}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.L2, Norm.Linf];

    /// <inheritdoc/>
    public override bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override AttackAccess Access => AttackAccess.Labels;

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(FirstQueries, 1);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, active =>
    {
        if (DecisionWalk.Start(batch, active) is not { } walk)
            return;
        for (var step = 1; step <= Steps; step++)
        {
            using var scope = NewDisposeScope();
            var distance = walk.Distance().view(-1, 1, 1, 1);
            var values = active.Clean.numel() / active.Clean.size(0);
            var probe = step == 1 ? full_like(distance, FirstProbe) : distance / values;
            var normal = Normal(active, walk.Images, probe.clamp(min: Tiny), step, batch.RowsAtOnce);
            var way = batch.Ball.SteepestStep(normal, walk.Images, 1) * distance / Math.Sqrt(step);
            var halved = Enumerable.Range(0, MostHalvings).Select(h => (walk.Images + way / (1 << h)).clamp(0, 1));
            var (ahead, _) = walk.FirstMet(halved);
            if (walk.Offer(walk.Bisect(ahead)) is null)
                return;
            active.ReportProgress((double)step / Steps);
        }
    });

    /// <summary>
    /// The estimate of the normal of the boundary at the images, [A, C, H, W], towards where the criterion is met, from
    /// probes at a distance [A, 1, 1, 1].
    /// </summary>
    Tensor Normal(ActiveSet active, Tensor images, Tensor distance, int step, int rowsAtOnce)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)active.Seed(int.MaxValue - (long)step));
        var queries = (int)(FirstQueries * Math.Sqrt(step));
        var atOnce = (int)Math.Max(rowsAtOnce / images.size(0), 1);
        using PerImage wrong = active.Remember(zeros_like(distance));
        using PerImage ways = active.RememberZeros(), wrongWays = active.RememberZeros();
        for (var asked = 0; asked < queries; asked += atOnce)
        {
            using var part = NewDisposeScope();
            // Drawn one by one: how many are asked at once changes nothing.
            var some = Enumerable.Range(0, Math.Min(atOnce, queries - asked));
            var directions = stack(some.Select(_ => Direction(active.Ball.Norm, images, generator)));
            var probes = (images + distance * directions).clamp(0, 1);
            // The way that is left after clipping.
            var moved = (probes - images) / distance;
            var met = active.Query(probes.flatten(0, 1)).IsMet;
            var answers = met.to_type(ScalarType.Float32).view(probes.size(0), -1, 1, 1, 1) * 2 - 1;
            wrong.Set(wrong.Value + answers.sum([0]));
            ways.Set(ways.Value + moved.sum([0]));
            wrongWays.Set(wrongWays.Value + (answers * moved).sum([0]));
        }
        // Where all answers are alike they are no news, and the mean way is all there is.
        var mean = wrong.Value / queries;
        var normal = where(mean.abs().eq(1), wrongWays.Value, wrongWays.Value - mean * ways.Value);
        return normal.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A random direction [1, C, H, W] of Euclidean length 1: uniform over the sphere, or over the cube.
    /// </summary>
    static Tensor Direction(Norm norm, Tensor images, Generator generator)
    {
        long[] shape = [1, .. images.shape[1..]];
        var draw = norm == Norm.Linf ? rand(shape, generator: generator) * 2 - 1 : randn(shape, generator: generator);
        return (draw / draw.square().sum().sqrt()).to(images.device);
    }
}
