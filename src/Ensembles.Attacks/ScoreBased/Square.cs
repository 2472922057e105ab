using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The Square attack (Andriushchenko et al. 2020, "Square Attack: a query-efficient black-box adversarial attack via
/// random search"): square windows of the perturbation are changed at random, and a change is kept where it brings the
/// image nearer to the criterion.
/// </summary>
/// <remarks>
/// <para>
/// It never asks for a gradient, so it breaks what masks one, and belongs in every evaluation: where it finds what
/// gradient attacks do not, their result is not to be trusted. What it climbs is the vote's margin and, behind gates,
/// the way left to both: a rejected image is no success.
/// </para>
/// <para>
/// A window covers a share p of the image, 0.8 at first and divided by 2, 4, 8, ... 512 after 10, 50, 200, 500, 1000,
/// 2000, 4000, 6000 and 8000 queries. Under Linf it starts from vertical stripes of +-epsilon, and a window is moved by
/// +-2 epsilon in each channel and clipped, or the other way where that leaves the image as it is. Under L2 it starts
/// from a grid of bumps, and a query moves the budget of one window, and what is unspent, into a bump in another.
/// </para>
/// </remarks>
public sealed record Square : Attack
{
    /// <summary>Queries for each image, the first point not counted; at least 1.</summary>
    public int Queries { get; init; } = 5000;

    /// <summary>Restarts; at least 1.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>The share of the image that the first window covers, in (0, 1].</summary>
    public double FirstShare { get; init; } = 0.8;

    /// <summary>
    /// Whether the schedule of shares, made for 10,000 queries, is stretched or shortened to <see cref="Queries"/>.
    /// AutoAttack does not.
    /// </summary>
    public bool RescaleSchedule { get; init; } = true;

    /// <inheritdoc/>
    public override string Name => $"Square-{Queries}" + (Restarts == 1 ? "" : $" x {Restarts}");

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
    [
        ("twice the queries", this with { Queries = 2 * Queries }),
        ("twice the restarts", this with { Restarts = 2 * Restarts }),
    ];

    /// <inheritdoc/>
    protected override AttackAccess Access => AttackAccess.Scores;

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Queries, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
        if (FirstShare is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(
                nameof(FirstShare), FirstShare, "A share of the image lies in (0, 1].");
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch)
    {
        var squares = SquareProposals.Create(batch.Ball);
        batch.ForEachRestart(Restarts, active => Search(batch, active, squares));
    }

    void Search(AttackBatch batch, ActiveSet active, SquareProposals squares)
    {
        Dice Roll(int query) => new(active.Seed(int.MaxValue - (long)query));
        using (var first = squares.Start(batch.Clean, Roll(0)))
        using (var rows = active.RowsOfBatch(first))
            active.MoveTo(rows);
        if (active.Evaluate() is not { } start)
            return;

        var best = active.Remember<float>(start);
        using var kept = active.Remember(active.Images);
        for (var query = 1; query <= Queries; query++)
        {
            using var scope = NewDisposeScope();
            var candidates = squares.Propose(active, Side(active.Clean, query - 1), batch.Clean.size(0), Roll(query));
            kept.Set(active.Images);
            active.MoveTo(candidates);
            if (active.Evaluate() is not { } nearness)
                return;
            // Where the change was no good the image goes back.
            int[] worse = [.. Enumerable.Range(0, nearness.Length).Where(i => !(nearness[i] > best.Values[i]))];
            active.MoveBack(worse, kept.Value);
            best.Values = [.. best.Values.Zip(nearness, Math.Max)];
            if (query % 50 == 0)
                active.ReportProgress((double)query / Queries);
        }
    }

    /// <summary>The side of the window of a query.</summary>
    int Side(Tensor images, int query)
    {
        var (height, width) = (images.size(2), images.size(3));
        var side = (int)Math.Round(Math.Sqrt(Share(query) * height * width));
        return (int)Math.Clamp(side, 1, Math.Min(height, width));
    }

    /// <summary>The share of the image that the window of a query covers.</summary>
    internal double Share(int query)
    {
        var place = RescaleSchedule ? (int)((double)query / Queries * 10_000) : query;
        int[] halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
        return FirstShare / (1 << halvings.Count(after => place > after));
    }
}
