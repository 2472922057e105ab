using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Images of a batch that were known before the attack (<see cref="AttackOptions.StartingImages"/>), brought into the
/// ball and ordered for each image by how near they are to the attacker's criterion.
/// </summary>
sealed class StartingImages : IDisposable
{
    readonly Tensor[] ranked;

    /// <summary>Has the batch judge the known images, each set [N, C, H, W], and orders them.</summary>
    public StartingImages(AttackBatch batch, IReadOnlyList<Tensor> sets)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        Tensor[] inBall = [.. sets.Select(set => batch.Ball.Project(set, batch.Clean))];
        (float, float)[][] standings = [.. inBall.Select((images, s) => Judge(batch, images, s))];
        ranked =
        [
            .. Enumerable.Range(0, sets.Count)
                .Select(rank => OfRank(inBall, standings, rank).DetachFromDisposeScope()),
        ];
    }

    /// <summary>How many there are for each image.</summary>
    public int Count => ranked.Length;

    /// <summary>
    /// For each image of the batch its known image of that rank, 0 for the nearest to the criterion, [N, C, H, W].
    /// </summary>
    public Tensor OfRank(int rank) => ranked[rank];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var images in ranked)
            images.Dispose();
    }

    /// <summary>
    /// The share of draws in which each image of a set meets the criterion, then its nearness; those that are the clean
    /// image come last.
    /// </summary>
    static (float Share, float Nearness)[] Judge(AttackBatch batch, Tensor images, int set)
    {
        using var scope = NewDisposeScope();
        using var distances = batch.Ball.Distances(images, batch.Clean).cpu();
        var moved = distances.data<double>().ToArray();
        int[] rows = [.. Enumerable.Range(0, moved.Length).Where(i => moved[i] > 0 && batch.NeededAttack[i])];
        var standings = new (float, float)[moved.Length];
        Array.Fill(standings, (-1, float.NegativeInfinity));
        if (rows.Length == 0)
            return standings;
        var result = batch.JudgeKnown(images.index_select(0, HostMemory.Index(rows, images.device)), rows, set);
        for (var i = 0; i < rows.Length; i++)
            standings[rows[i]] = (result.Share[i], result.Nearness[i]);
        return standings;
    }

    static Tensor OfRank(Tensor[] sets, (float, float)[][] standings, int rank)
    {
        var images = sets[0].clone();
        var bySet = Enumerable.Range(0, standings[0].Length)
            .GroupBy(i => Enumerable.Range(0, sets.Length).OrderByDescending(s => standings[s][i]).ElementAt(rank));
        foreach (var group in bySet)
        {
            int[] rows = [.. group];
            HostMemory.CopyRows(sets[group.Key], rows, images, rows);
        }
        return images;
    }
}
