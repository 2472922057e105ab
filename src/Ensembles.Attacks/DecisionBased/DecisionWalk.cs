using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Images on their way towards the clean ones, each of them meeting the criterion: what attacks that see labels alone
/// have in common. Where a rejection does not meet it, a rejected image is one that does not.
/// </summary>
sealed class DecisionWalk
{
    /// <summary>How many of the nearest images of other labels are tried as a start.</summary>
    const int Neighbours = 10;

    /// <summary>How many images of noise are tried where no other image will do.</summary>
    const int Noises = 100;

    /// <summary>More halvings of an interval float32 does not tell apart.</summary>
    const int MostHalvings = 24;

    readonly ActiveSet active;
    readonly PerImage images;

    DecisionWalk(ActiveSet active, Tensor start) => (this.active, images) = (active, active.Remember(start));

    /// <summary>
    /// Starts from the nearest image in the batch whose label would meet the criterion, and which does meet it, or,
    /// where none does, from noise, uniform or black and white; and goes to the boundary. Images for which nothing will
    /// do leave the set.
    /// </summary>
    /// <returns>Null when no image is left.</returns>
    public static DecisionWalk? Start(AttackBatch batch, ActiveSet active)
    {
        using var scope = NewDisposeScope();
        var candidates = OfOtherLabels(batch, active).Concat(Noise(active));
        var (start, found) = FirstMet(active, active.Clean, candidates);
        var left = found.nonzero().flatten();
        active.Keep(left);
        if (left.size(0) == 0)
            return null;
        var walk = new DecisionWalk(active, start.index_select(0, left));
        return walk.Offer(walk.Bisect(walk.Images)) is null ? null : walk;
    }

    /// <summary>Where the images are now, [A, C, H, W].</summary>
    public Tensor Images => images.Value;

    /// <summary>How far they are from the clean images, [A].</summary>
    public Tensor Distance()
    {
        using var change = Images - active.Clean;
        return active.Ball.Length(change);
    }

    /// <summary>
    /// For each image the first of several candidates [A, C, H, W] that meets the criterion, and where none does
    /// itself; with whether one does.
    /// </summary>
    public (Tensor Images, Tensor Found) FirstMet(IEnumerable<Tensor> candidates) =>
        FirstMet(active, Images, candidates);

    /// <summary>
    /// Goes to those candidates [A, C, H, W] that meet the criterion nearer to the clean image. An image found inside a
    /// ball leaves.
    /// </summary>
    /// <returns>Which of the images left went to their candidates, [A]; null when none is left.</returns>
    public Tensor? Offer(Tensor candidates)
    {
        using var scope = NewDisposeScope();
        if (active.EvaluateAt(candidates) is not { } here)
            return null;
        // Not farther, so that the first offer, the start itself, counts.
        var isNearer = active.Ball.Length(here.Images - active.Clean).le(Distance());
        var went = here.IsMet.logical_and(isNearer);
        images.SetWhere(went, here.Images);
        return went.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// From images [A, C, H, W] that meet the criterion the way to the clean ones, as far as it is met: along the line
    /// under L2, by clipping under Linf.
    /// </summary>
    public Tensor Bisect(Tensor far)
    {
        using var scope = NewDisposeScope();
        var clean = active.Clean;
        var change = far - clean;
        var size = active.Ball.Length(change);
        using PerImage nearest = active.Remember(far), met = active.Remember(1), unmet = active.Remember(0);
        for (var halving = 0; halving < Halvings(clean.numel() / clean.size(0)); halving++)
        {
            using var step = NewDisposeScope();
            var middle = (met.Value + unmet.Value) / 2;
            var share = middle.view(-1, 1, 1, 1);
            var bound = share * size.view(-1, 1, 1, 1);
            var shortened = active.Ball.Norm == Norm.Linf ? change.clamp(-bound, bound) : share * change;
            var shown = (clean + shortened).clamp(0, 1);
            var isMet = active.Query(shown).IsMet;
            nearest.SetWhere(isMet, shown);
            met.SetWhere(isMet, middle);
            unmet.SetWhere(isMet.logical_not(), middle);
        }
        return nearest.Value.clone().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Until the way is known to the share 1 / (d sqrt(d)) of it under L2 and 1 / d^2 under Linf, d being the number of
    /// values (Chen et al. 2020).
    /// </summary>
    int Halvings(long values)
    {
        var power = active.Ball.Norm == Norm.Linf ? 2 : 1.5;
        return Math.Min((int)Math.Ceiling(power * Math.Log2(values)) + 1, MostHalvings);
    }

    static (Tensor Images, Tensor Found) FirstMet(ActiveSet active, Tensor otherwise, IEnumerable<Tensor> candidates)
    {
        using var scope = NewDisposeScope();
        using PerImage images = active.Remember(otherwise), found = active.RememberFlag();
        foreach (var next in candidates)
        {
            using var tried = NewDisposeScope();
            using (next)
            {
                var missing = found.Value.logical_not().nonzero().flatten();
                if (missing.size(0) == 0)
                    break;
                var answers = active.Query(next.index_select(0, missing), missing).IsMet;
                var isMet = zeros_like(found.Value).index_fill_(0, missing.masked_select(answers), true);
                images.SetWhere(isMet, next);
                found.Set(found.Value.logical_or(isMet));
            }
        }
        return (images.Value.clone().MoveToOuterDisposeScope(), found.Value.clone().MoveToOuterDisposeScope());
    }

    /// <summary>
    /// For each image of the set the nearest of the batch's images whose label would meet the criterion, the second
    /// nearest, ...
    /// </summary>
    static IEnumerable<Tensor> OfOtherLabels(AttackBatch batch, ActiveSet active)
    {
        using var clean = batch.Clean.flatten(1);
        using var meets = batch.IsMetBy(batch.Labels);
        using var distances = cdist(clean, clean).masked_fill(meets.logical_not(), double.PositiveInfinity);
        using var order = distances.argsort(1);
        using var others = meets.sum(1).amax([0]);
        for (var place = 0; place < Math.Min(others.item<long>(), Neighbours); place++)
        {
            using var which = order.select(1, place);
            yield return batch.Clean.index_select(0, active.RowsOfBatch(which));
        }
    }

    /// <summary>Images of noise, the same for all images of the set: uniform, black and white, ...</summary>
    static IEnumerable<Tensor> Noise(ActiveSet active)
    {
        using var generator = new Generator((ulong)active.Seed(1));
        for (var noise = 0; noise < Noises; noise++)
        {
            using var uniform = rand([1, .. active.Clean.shape[1..]], generator: generator);
            using var image = noise % 2 == 0 ? uniform.alias() : uniform.round();
            yield return image.to(active.Clean.device).expand(active.Clean.shape);
        }
    }
}
