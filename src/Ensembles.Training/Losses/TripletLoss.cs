using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Triplet loss under attack (Mao et al. 2019 [21]), to be added to a loss that classifies: the features of a perturbed
/// image, the anchor, lie nearer to a clean image of its class than to the clean image of another class that they are
/// most similar to, by a margin. Without a perturbation anchors are clean too.
/// </summary>
/// <remarks>
/// Positive is the next image of the class in the batch, and the anchor's own clean image where the batch has no other.
/// Negatives are sought in a pool: the batch, and training images drawn anew for each batch, whose features are those
/// of the network as it is then.
/// </remarks>
/// <param name="margin">a, how much nearer; 0 or more. The source uses 0.05 for MNIST and 0.03 for CIFAR-10.</param>
/// <param name="shortening">
/// The weight of the features' squared lengths; 0 or more. The source's is 2e-4 for MNIST and 5e-4 for CIFAR-10.
/// </param>
/// <param name="pool">
/// Batches in the pool, 1 or more; 1 is the batch alone. The source's is 1 for MNIST and 10 for CIFAR-10, and it
/// advises against a large one for a small network, for which its negatives are too hard.
/// </param>
public sealed class TripletLoss(double margin = 0.05, double shortening = 2e-4, int pool = 1) : TrainingLoss
{
    /// <summary>How much nearer the own class is.</summary>
    public double Margin { get; } = margin is >= 0 and < double.PositiveInfinity
        ? margin
        : throw new ArgumentOutOfRangeException(nameof(margin), margin, "A margin is 0 or more, and finite.");

    /// <summary>The weight of the features' squared lengths.</summary>
    public double Shortening { get; } = shortening is >= 0 and < double.PositiveInfinity
        ? shortening
        : throw new ArgumentOutOfRangeException(
            nameof(shortening), shortening, "A weight is 0 or more, and finite.");

    /// <summary>Batches that negatives are sought in.</summary>
    public int Pool { get; } = pool >= 1
        ? pool
        : throw new ArgumentOutOfRangeException(nameof(pool), pool, "A pool has one batch or more.");

    /// <summary>L = Lt + s mean_i (|a_i|^2 + |p_i|^2 + |n_i|^2), over the triplets of the batch.</summary>
    /// <exception cref="InvalidOperationException">
    /// A pool of several batches, and a batch that nobody took from training images.
    /// </exception>
    public override Tensor Of(LossContext batch)
    {
        // Other losses see the clean images too, so these outlive the scope.
        var (anchors, clean) = (batch.Features, batch.Clean.Features);
        using var scope = NewDisposeScope();
        using var drawn = Pool == 1 ? null : Drawn(batch);
        var (pool, labels) = (clean, batch.Labels);
        if (drawn is not null)
        {
            var further = batch.Further!.FeaturesToSearch(drawn.Images, clean.size(0));
            (pool, labels) = (cat([clean, further]), cat([labels, drawn.Labels]));
        }

        var (rows, positives, negatives) = Triplets(anchors, pool, labels);
        // A pool of one class has no triplets.
        if (rows.size(0) == 0)
            return (anchors.sum() * 0).MoveToOuterDisposeScope();
        var (a, p) = (anchors[rows], clean[positives]);
        var n = drawn is null ? clean[negatives] : Negatives(clean, negatives, drawn.Images, batch.Further!);
        var lengths = (a.pow(2) + p.pow(2) + n.pow(2)).sum(1).mean();
        return (Value(a, p, n, Margin) + Shortening * lengths).MoveToOuterDisposeScope();
    }

    LabeledImages Drawn(LossContext batch)
    {
        if (batch.Further is not { } further)
            throw new InvalidOperationException(
                $"Negatives are sought in {Pool} batches, and this batch does not say what it was taken from: set "
                + $"{nameof(TrainingBatch)}.{nameof(TrainingBatch.Training)}, or a pool of 1.");
        using var drawn = further.Draw((Pool - 1) * (int)batch.Labels.size(0), batch.Step.Seed);
        return drawn.To(batch.Labels.device);
    }

    /// <summary>Features of the negatives; drawn ones pass through the network once more, with a gradient.</summary>
    static Tensor Negatives(Tensor clean, Tensor places, Tensor drawn, FurtherImages further)
    {
        var count = clean.size(0);
        var elsewhere = places.ge(count).nonzero().squeeze(1);
        if (elsewhere.size(0) == 0)
            return clean[places];
        var found = further.Features(drawn[places[elsewhere] - count]);
        var next = count + arange(elsewhere.size(0), device: places.device);
        return cat([clean, found])[places.index_copy(0, elsewhere, next)];
    }

    /// <summary>
    /// Lt = mean_i max(0, D(a_i, p_i) - D(a_i, n_i) + margin) with D(u, v) = 1 - |cos(u, v)|, of features [N, D]; a
    /// scalar.
    /// </summary>
    public static Tensor Value(Tensor anchors, Tensor positives, Tensor negatives, double margin)
    {
        using var scope = NewDisposeScope();
        var further = Distance(anchors, positives) - Distance(anchors, negatives);
        return functional.relu(further + margin).mean().MoveToOuterDisposeScope();
    }

    /// <summary>D(u, v) = 1 - |cos(u, v)| in [0, 1] of each row [N].</summary>
    public static Tensor Distance(Tensor u, Tensor v)
    {
        using var scope = NewDisposeScope();
        return (1 - (functional.normalize(u, dim: 1) * functional.normalize(v, dim: 1)).sum(1).abs())
            .MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Places of the triplets, int64 [T] each: the anchors that have a negative, in the batch the next of the same
    /// class, and in the pool the most similar one of another.
    /// </summary>
    /// <param name="anchors">Features of the batch [N, D].</param>
    /// <param name="pool">Clean features [M, D], those of the batch first.</param>
    /// <param name="labels">Of the pool, int64 [M].</param>
    public static (Tensor Anchors, Tensor Positives, Tensor Negatives) Triplets(
        Tensor anchors, Tensor pool, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var count = anchors.size(0);
        var same = labels.narrow(0, 0, count).unsqueeze(1).eq(labels.unsqueeze(0));
        var places = arange(count, device: labels.device);
        // How far after image i image j comes, around the end of the batch: the image itself last.
        var steps = (places.unsqueeze(0) - places.unsqueeze(1) - 1).remainder(count);
        var next = steps.masked_fill(same.narrow(1, 0, count).logical_not(), count).argmin(1);
        var similarity = functional.normalize(anchors, dim: 1).matmul(functional.normalize(pool, dim: 1).t()).abs();
        var hardest = similarity.masked_fill(same, -1).argmax(1);
        var rows = same.logical_not().any(1).nonzero().squeeze(1);
        return (
            rows.MoveToOuterDisposeScope(), next[rows].MoveToOuterDisposeScope(),
            hardest[rows].MoveToOuterDisposeScope());
    }
}
