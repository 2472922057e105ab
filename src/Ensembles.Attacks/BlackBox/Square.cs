using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The Square attack (Andriushchenko et al. 2020, "Square Attack: a query-efficient black-box adversarial attack via random search"):
/// square windows of the perturbation are changed at random, and a change is kept where it brings the image nearer to the criterion.
/// </summary>
/// <remarks>
/// <para>
/// It never asks for a gradient, so it breaks what masks one, and belongs in every evaluation: where it finds what gradient attacks do
/// not, their result is not to be trusted. What it climbs is the vote's margin and, behind gates, the way left to both: a rejected image is no success.
/// </para>
/// <para>
/// A window covers a share p of the image, 0.8 at first and divided by 2, 4, 8, ... 512 after 10, 50, 200, 500, 1000, 2000, 4000, 6000 and 8000
/// queries. Under Linf it starts from vertical stripes of +-epsilon, and a window is moved by +-2 epsilon in each channel and clipped. Under L2
/// it starts from a grid of bumps, and a query moves the budget of one window, and what is unspent, into a bump in another.
/// </para>
/// </remarks>
public sealed record Square : IAttack
{
    /// <summary>Queries for each image, the first point not counted; at least 1.</summary>
    public int Queries { get; init; } = 5000;

    /// <summary>Restarts; at least 1.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>The share of the image that the first window covers, in (0, 1].</summary>
    public double FirstShare { get; init; } = 0.8;

    /// <summary>Whether the schedule of shares, made for 10,000 queries, is stretched or shortened to <see cref="Queries"/>. AutoAttack does not.</summary>
    public bool RescaleSchedule { get; init; } = true;

    /// <inheritdoc/>
    public string Name => $"Square-{Queries}" + (Restarts == 1 ? "" : $" x {Restarts}");

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the queries", this with { Queries = 2 * Queries }), ("twice the restarts", this with { Restarts = 2 * Restarts })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Queries, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
        if (FirstShare is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(FirstShare), FirstShare, "A share of the image lies in (0, 1].");
        return AttackLoop.Search(this, surface, images, labels, threat, options, batch =>
        {
            for (var restart = 0; restart < Restarts && batch.AnyOpen; restart++)
            {
                using var front = batch.Open(restart);
                Search(batch, front, restart, threat);
                batch.Confirm(restart);
            }
        });
    }

    void Search(AttackBatch batch, Front front, int restart, ThreatModel threat)
    {
        var squares = SquareProposals.Of(threat);
        Dice Roll(int query) => new(batch.Seed(restart, int.MaxValue - (long)query));
        using (var first = squares.Start(batch.Clean, Roll(0)))
        using (var rows = front.OfBatch(first))
            front.MoveTo(rows);
        using var start = front.Evaluate();
        if (start is null)
            return;

        var nearest = start.Near;
        for (var query = 1; query <= Queries; query++)
        {
            using var scope = NewDisposeScope();
            var candidates = squares.Propose(front, Side(front.Clean, query - 1), batch.Clean.size(0), Roll(query));
            using var kept = new PerImage(front.Images);
            front.MoveTo(candidates);
            if (front.Evaluate() is not { } reading)
                return;
            kept.Select(reading.Left);
            nearest = HostMemory.Some(nearest, reading.Left);
            // Where the change was no good the image goes back.
            int[] worse = [.. Enumerable.Range(0, nearest.Length).Where(i => !(reading.Near[i] > nearest[i]))];
            front.MoveBack(worse, kept.Value);
            nearest = [.. nearest.Zip(reading.Near, Math.Max)];
            if (query % 50 == 0)
                batch.Progress((restart + (double)query / Queries) / Restarts);
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
