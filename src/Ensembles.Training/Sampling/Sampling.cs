namespace Ensembles.Training;

/// <summary>
/// Which training images make up the batches of an epoch. It follows from a seed alone, so a resumed run sees the same
/// batches; what it depends on stands in properties, which are part of a checkpoint's identity.
/// </summary>
public abstract record Sampling
{
    /// <summary>Batches of an epoch, each the places of its images among the training images, in order.</summary>
    /// <param name="labels">The label of each training image.</param>
    /// <param name="batchSize">The number of images in a batch that is asked for, 1 or more.</param>
    /// <param name="seed">What is drawn follows from it; another one for each epoch.</param>
    public abstract IReadOnlyList<long[]> Batches(IReadOnlyList<long> labels, int batchSize, int seed);
}

/// <summary>Every image once, in a random order; the last batch may be smaller.</summary>
public sealed record ShuffledSampling : Sampling
{
    /// <inheritdoc/>
    public override IReadOnlyList<long[]> Batches(IReadOnlyList<long> labels, int batchSize, int seed)
    {
        long[] order = [.. Enumerable.Range(0, labels.Count).Select(i => (long)i)];
        new Random(seed).Shuffle(order);
        return [.. order.Chunk(batchSize)];
    }
}
