using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <content>
/// What becomes of successes at a batch's end. Those that plans found the defense itself judges; those that rounding
/// may have decided are made sure, or shown to hold, or are none.
/// </content>
public sealed partial class AttackBatch
{
    /// <summary>
    /// By which shares of its change an image is moved on; the boundary it lies on is behind it then.
    /// </summary>
    static readonly double[] onwards = [1e-5, 4e-5, 2e-4, NearTie, 4e-3, 2e-2];

    /// <summary>
    /// An attack that sees labels alone has nothing to tell how close to a tie a decision was but where the image is:
    /// by this share of its change away from where the label is another one, it is sure.
    /// </summary>
    const double NearTie = 1e-3;

    /// <summary>Sizes of batches in which a success has to hold that cannot be made sure.</summary>
    static readonly int[] sizes = [1, 2, 3, 16];

    /// <summary>Has the defense itself judge the best images, where plans found them.</summary>
    /// <returns>Whether all images are broken that were thought to be.</returns>
    internal bool Judge()
    {
        if (!Defense.IsPlanned)
            return true;
        using var scope = NewDisposeScope();
        var result = Criterion.Judge(Defense.Verdict(best), [.. Enumerable.Range(0, share.Length)], draws: 1);
        var all = true;
        for (var i = 0; i < share.Length; i++)
        {
            all &= result.IsMet(i) || !CriterionResult.IsMajority(share[i]);
            Note(i, result, i);
        }

        return all;
    }

    /// <summary>
    /// Moves the best images on that meet the criterion by no more than rounding, away from the clean ones, until they
    /// surely meet it. What the ball keeps back, or is never sure, has to meet it alone and among copies of itself, or
    /// is no success.
    /// </summary>
    internal void Settle()
    {
        if (Defense.Randomized)
            return;
        if (Defense.IsLabelsAlone)
            DoubtLabels();
        foreach (var by in onwards.Where(by => !Defense.IsLabelsAlone || by >= NearTie))
        {
            if (Unsure() is not { Length: > 0 } unsure)
                return;
            MoveOn(unsure, by);
        }
        foreach (var image in Unsure())
        {
            if (!Holds(image))
                share[image] = 0;
        }
    }

    /// <summary>Takes those for unsure that do not meet the criterion a little nearer to the clean image.</summary>
    void DoubtLabels()
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        int[] found = [.. Enumerable.Range(0, share.Length).Where(i => NeededAttack[i] && IsBroken(i))];
        if (found.Length == 0)
            return;
        var index = HostMemory.Index(found, Clean.device);
        var clean = Clean.index_select(0, index);
        var back = clean + (1 - NearTie) * (best.index_select(0, index) - clean);
        var result = Criterion.Judge(Defense.EvaluateItself(back, draws: 1, seed: 0), found, draws: 1);
        for (var i = 0; i < found.Length; i++)
            sure[found[i]] = result.IsMet(i);
    }

    int[] Unsure() =>
        [.. Enumerable.Range(0, share.Length).Where(i => NeededAttack[i] && IsBroken(i) && !sure[i])];

    void MoveOn(int[] rows, double by)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        var index = HostMemory.Index(rows, Clean.device);
        var clean = Clean.index_select(0, index);
        var moved = clean + (1 + by) * (best.index_select(0, index) - clean);
        // Its own, since a ball remembers the images it was asked about last.
        using var ball = Ball.Create(Ball.Threat);
        moved = Ball.IsUnbounded ? moved.clamp(0, 1) : ball.Project(moved, clean);
        var result = Criterion.Judge(Defense.EvaluateItself(moved, draws: 1, seed: 0), rows, draws: 1);
        var distances = DistancesOf(moved, rows);
        for (var i = 0; i < rows.Length; i++)
        {
            if (!result.IsSurelyMet(i))
                continue;
            HostMemory.CopyRows(moved, [i], best, [rows[i]]);
            Note(rows[i], result, i);
            distance[rows[i]] = distances[i];
        }
    }

    bool Holds(int image)
    {
        using var scope = NewDisposeScope();
        using var constant = no_grad();
        return sizes.All(size =>
        {
            var copies = best.narrow(0, image, 1).repeat(size, 1, 1, 1);
            var rows = Enumerable.Repeat(image, size).ToArray();
            var result = Criterion.Judge(Defense.EvaluateItself(copies, draws: 1, seed: 0), rows, draws: 1);
            return Enumerable.Range(0, size).All(result.IsMet);
        });
    }

    bool IsBroken(int image) => CriterionResult.IsMajority(share[image]);
}
