using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Images on their way towards the clean ones, each of them meeting the criterion: what attacks that see labels alone have in common. A rejected image
/// is one that does not meet the criterion to misclassify.
/// </summary>
sealed class DecisionWalk : IDisposable
{
    /// <summary>How many of the nearest images of other labels are tried as a start.</summary>
    const int Neighbours = 10;

    /// <summary>How many images of noise are tried where no other image will do.</summary>
    const int Noises = 100;

    /// <summary>More halvings of an interval float32 does not tell apart.</summary>
    const int MostHalvings = 24;

    readonly AttackBatch batch;
    readonly Front front;
    readonly PerImage images;

    DecisionWalk(AttackBatch batch, Front front, Tensor start) => (this.batch, this.front, images) = (batch, front, new PerImage(start));

    /// <summary>
    /// Starts from the nearest image of another label in the batch that meets the criterion or, where none does, from noise, uniform or black and white; and goes to the
    /// boundary. Images for which nothing will do leave the front.
    /// </summary>
    /// <returns>Null when no image is left.</returns>
    public static DecisionWalk? Start(AttackBatch batch, Front front)
    {
        using var scope = NewDisposeScope();
        var (start, found) = FirstMet(front, front.Clean, OfOtherLabels(batch, front).Concat(Noise(batch, front)));
        var left = found.nonzero().flatten();
        front.Keep(left);
        if (left.size(0) == 0)
            return null;
        var walk = new DecisionWalk(batch, front, start.index_select(0, left));
        if (walk.Offer(walk.Bisect(walk.Images)))
            return walk;
        walk.Dispose();
        return null;
    }

    /// <summary>Where the images are now, [A, C, H, W].</summary>
    public Tensor Images => images.Value;

    /// <summary>How far they are from the clean images, [A].</summary>
    public Tensor Distance()
    {
        using var change = Images - front.Clean;
        return batch.Ball.Length(change);
    }

    /// <summary>For each image the first of several candidates [A, C, H, W] that meets the criterion, and where none does itself; with whether one does.</summary>
    public (Tensor Images, Tensor Found) FirstMet(IEnumerable<Tensor> candidates) => FirstMet(front, Images, candidates);

    /// <summary>Goes to those candidates [A, C, H, W] that meet the criterion nearer to the clean image. An image found inside a ball leaves.</summary>
    /// <param name="candidates">The candidates.</param>
    /// <param name="state">What else is kept for each image.</param>
    /// <returns>Whether any image is left.</returns>
    public bool Offer(Tensor candidates, params PerImage[] state) => Offer(candidates, out _, state);

    /// <summary>Like <see cref="Offer(Tensor, PerImage[])"/>, and tells which of the images left went to their candidates.</summary>
    public bool Offer(Tensor candidates, out Tensor went, params PerImage[] state)
    {
        using var scope = NewDisposeScope();
        went = zeros(0, dtype: ScalarType.Bool).MoveToOuterDisposeScope();
        if (front.Probe(candidates) is not { } probe)
            return false;
        foreach (var rows in state.Prepend(images))
            rows.Select(probe.Left);
        var left = candidates.index_select(0, probe.Left);
        // Not farther, so that the first offer, the start itself, counts.
        went = probe.Met.logical_and(batch.Ball.Length(left - front.Clean).le(Distance())).MoveToOuterDisposeScope();
        images.SetWhere(went, left);
        return true;
    }

    /// <summary>From images [A, C, H, W] that meet the criterion the way to the clean ones, as far as it is met: along the line under L2, by clipping under Linf.</summary>
    public Tensor Bisect(Tensor far)
    {
        using var scope = NewDisposeScope();
        var clean = front.Clean;
        var change = far - clean;
        var size = batch.Ball.Length(change);
        using PerImage nearest = new(far), met = new(ones_like(size)), unmet = new(zeros_like(size));
        for (var halving = 0; halving < Halvings(clean.numel() / clean.size(0)); halving++)
        {
            using var step = NewDisposeScope();
            var middle = (met.Value + unmet.Value) / 2;
            var share = middle.view(-1, 1, 1, 1);
            var bound = share * size.view(-1, 1, 1, 1);
            var shown = (clean + (batch.Ball.Norm == Norm.Linf ? change.clamp(-bound, bound) : share * change)).clamp(0, 1);
            var isMet = front.Ask(shown).Met;
            nearest.SetWhere(isMet, shown);
            met.SetWhere(isMet, middle);
            unmet.SetWhere(isMet.logical_not(), middle);
        }
        return nearest.Value.clone().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => images.Dispose();

    /// <summary>Until the way is known to the share 1 / (d sqrt(d)) of it under L2 and 1 / d^2 under Linf, d being the number of values (Chen et al. 2020).</summary>
    int Halvings(long values) => Math.Min((int)Math.Ceiling((batch.Ball.Norm == Norm.Linf ? 2 : 1.5) * Math.Log2(values)) + 1, MostHalvings);

    static (Tensor Images, Tensor Found) FirstMet(Front front, Tensor otherwise, IEnumerable<Tensor> candidates)
    {
        using var scope = NewDisposeScope();
        using PerImage images = new(otherwise), found = new(zeros(otherwise.size(0), dtype: ScalarType.Bool, device: otherwise.device));
        foreach (var next in candidates)
        {
            using var tried = NewDisposeScope();
            using (next)
            {
                var missing = found.Value.logical_not().nonzero().flatten();
                if (missing.size(0) == 0)
                    break;
                var met = missing.masked_select(front.Ask(next.index_select(0, missing), missing).Met);
                var isMet = zeros_like(found.Value).index_fill_(0, met, true);
                images.SetWhere(isMet, next);
                found.Set(found.Value.logical_or(isMet));
            }
        }
        return (images.Value.clone().MoveToOuterDisposeScope(), found.Value.clone().MoveToOuterDisposeScope());
    }

    /// <summary>For each image of the front the nearest of the batch's images with another label, the second nearest, ...</summary>
    static IEnumerable<Tensor> OfOtherLabels(AttackBatch batch, Front front)
    {
        using var clean = batch.Clean.flatten(1);
        using var alike = batch.Labels.unsqueeze(0).eq(batch.Labels.unsqueeze(1));
        using var distances = cdist(clean, clean).masked_fill(alike, double.PositiveInfinity);
        using var order = distances.argsort(1);
        using var others = alike.logical_not().sum(1).amax([0]);
        for (var place = 0; place < Math.Min(others.item<long>(), Neighbours); place++)
        {
            using var which = order.select(1, place);
            yield return batch.Clean.index_select(0, front.OfBatch(which));
        }
    }

    /// <summary>Images of noise, the same for all images of the front: uniform, black and white, ...</summary>
    static IEnumerable<Tensor> Noise(AttackBatch batch, Front front)
    {
        using var generator = new Generator((ulong)batch.Seed(0, 1));
        for (var noise = 0; noise < Noises; noise++)
        {
            using var uniform = rand([1, .. front.Clean.shape[1..]], generator: generator);
            using var image = noise % 2 == 0 ? uniform.alias() : uniform.round();
            yield return image.to(front.Clean.device).expand(front.Clean.shape);
        }
    }
}
