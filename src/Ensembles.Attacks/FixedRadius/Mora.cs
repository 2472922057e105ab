using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The model-reweighing attack on ensembles (MORA, Yu et al. 2022): ascent with momentum and steps that fall from 2
/// epsilon in equal parts towards 0, on the vote and its members mixed in the shares 1/2, 0, 1/4, 3/4 and 1, a restart
/// each, members weighted by what the decision owes to each of them; then on the lead of each of the likeliest wrong
/// classes in the vote.
/// </summary>
/// <remarks>
/// <para>
/// Members that were trained to differ pull an image in different directions, and the gradient of their vote is that of
/// the surest one: an attack on the vote alone ends where that member has turned. This one asks again at every step
/// which members still hold the decision. Every evaluation of an ensemble of two members or more runs it among its
/// checks.
/// </para>
/// <para>
/// It attacks ensembles of any rule: for those that count votes, three more restarts push the smallest majorities of
/// the members to one wrong class, the nearest first, which the authors' code has not. Of one classifier there is
/// nothing to weigh: the vote is followed once, and then the targets. Behind gates the steps pass the gates too, as
/// those of <see cref="AttackLoss.Adaptive"/> do; to disrupt, one run more for each gate's alarm. Restarts begin on the
/// edge of the ball, and an image leaves as soon as it is broken.
/// </para>
/// </remarks>
public sealed record Mora : Attack
{
    const double Momentum = 0.25;

    static readonly double[] shares = [0.5, 0, 0.25, 0.75, 1];

    /// <summary>How many of the majorities are tried; two members are the only one.</summary>
    const int MajoritiesTried = 3;

    /// <summary>Steps of each restart; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>
    /// How many targets, the likeliest on the clean image first; at least 0. There are no more than the classes that
    /// meet the criterion.
    /// </summary>
    public int Targets { get; init; } = 9;

    /// <inheritdoc/>
    public override string Name => $"MORA-{Steps}, {Targets} targets";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Targets, 0);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) =>
        batch.ForEachRestart([.. Losses(batch)], Steps, active => Climb(active, Steps));

    IEnumerable<RestartLoss> Losses(AttackBatch batch)
    {
        var (surface, criterion) = (batch.Surface, batch.Options.Criterion);
        var ranks = Enumerable.Range(0, Math.Min(Targets, batch.TargetCount));
        return Untargeted(surface.Members.Count)
            .Concat(ranks.Select(rank => new LeadLoss(rank)))
            .SelectMany((loss, i) => RestartLoss.ForVoteAndGates(loss, surface, criterion, alarms: i == 0));
    }

    static IEnumerable<VoteLoss> Untargeted(int members)
    {
        if (members == 1)
            return [new ReweighedMembers(0)];
        var sets = Enumerable.Range(0, members == 2 ? 1 : MajoritiesTried);
        return
        [
            .. shares.Select(share => new ReweighedMembers(share)),
            .. sets.Select(rank => new Consensus(Rank: 0) { Majority = rank }),
        ];
    }

    /// <summary>
    /// z = Proj(x_t + a_t s(g_t)), x_{t+1} = Proj(x_t + 0.75 (z - x_t) + 0.25 (x_t - x_{t-1})) with
    /// a_t = 2 epsilon (1 - t / N), from a random point on the edge of the ball. The first step has no momentum.
    /// </summary>
    static void Climb(ActiveSet active, int steps)
    {
        active.MoveToRandomEdge();
        using var previous = active.Remember(active.Images);
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            if (active.Differentiate() is not { } here)
                return;
            var size = 2 * active.Ball.Epsilon * (1 - (double)step / steps);
            var images = active.Images.alias();
            if (step == 0)
                active.Step(here.Direction, size);
            else
                active.StepWithMomentum(
                    here.Direction, [.. Enumerable.Repeat((float)size, active.Count)], previous.Value, Momentum);
            previous.Set(images);
            active.ReportProgress((step + 1.0) / steps);
        }
        active.Evaluate();
    }
}
