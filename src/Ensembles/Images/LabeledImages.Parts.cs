using static TorchSharp.torch;

namespace Ensembles;

/// <content>Parts and batches. A part is disposed on its own; slices are views that keep the storage alive, not
/// copies.</content>
public sealed partial record LabeledImages
{
    /// <summary>
    /// The images from <paramref name="start"/> on, at most <paramref name="count"/> of them, as views.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A start outside [0, N], or a negative count.</exception>
    public LabeledImages Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Count);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        count = Math.Min(count, Count - start);
        return new LabeledImages(this, Images.narrow(0, start, count), Labels.narrow(0, start, count));
    }

    /// <summary>The first <paramref name="count"/> images, or all when there are fewer, as views.</summary>
    public LabeledImages Take(int count) => Slice(0, count);

    /// <summary>
    /// The first <paramref name="firstCount"/> images and the others, as views, in the order they have.
    /// </summary>
    /// <remarks>Images ordered by class need <see cref="Shuffle"/> first, or <see cref="SplitStratified"/>.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A count outside [0, N].</exception>
    public (LabeledImages First, LabeledImages Others) Split(int firstCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstCount, Count);
        return (Slice(0, firstCount), Slice(firstCount, Count - firstCount));
    }

    /// <summary>
    /// Copies of <paramref name="firstCount"/> images and of the others, every class divided in the same proportion, up
    /// to one image. Inside each part the images keep their order.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A count outside [0, N].</exception>
    public (LabeledImages First, LabeledImages Others) SplitStratified(int firstCount)
    {
        var (first, others) = Places.Stratified(this, firstCount);
        return (Select(first), Select(others));
    }

    /// <summary>Copies of the images at <paramref name="indices"/>, in that order; an index may repeat.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An index outside [0, N).</exception>
    public LabeledImages Select(ReadOnlySpan<long> indices)
    {
        foreach (var index in indices)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(indices));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count, nameof(indices));
        }

        using var rows = tensor(indices.ToArray(), device: Images.device);
        return new LabeledImages(this, Images.index_select(0, rows), Labels.index_select(0, rows));
    }

    /// <summary>A copy of the images in an order drawn from <paramref name="seed"/>.</summary>
    public LabeledImages Shuffle(int seed) => Select(Places.Shuffled(Count, seed));

    /// <summary>
    /// Copies of the images, one after the other and from the first again, until there are <paramref name="count"/>.
    /// So a part of a training set gives as many updates in an epoch as the whole: with <c>images =
    /// all.Shuffle(seed)</c>, the sets <c>images.Take(n).Repeat(all.Count)</c> are nested for growing n and differ in
    /// nothing but how many images there are.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative count, or a positive one of no images.</exception>
    public LabeledImages Repeat(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (Count == 0)
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 0);
        return Select([.. Enumerable.Range(0, count).Select(i => (long)(i % Count))]);
    }

    /// <summary>
    /// All images, batch by batch: [n, C, H, W] with labels [n], where n is <paramref name="batchSize"/> and less in
    /// the last batch when N does not divide evenly. A batch is disposed when the next one is asked for.
    /// </summary>
    /// <param name="batchSize">Images per batch, 1 or more.</param>
    /// <param name="shuffleSeed">
    /// The images come in an order drawn from this seed, another one for each epoch; null keeps the order.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A batch size below 1.</exception>
    public IEnumerable<(Tensor Images, Tensor Labels)> Batches(int batchSize, int? shuffleSeed = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        return shuffleSeed is { } seed ? ShuffledBatches(batchSize, seed) : OrderedBatches(batchSize);
    }

    IEnumerable<(Tensor Images, Tensor Labels)> OrderedBatches(int batchSize)
    {
        for (var start = 0; start < Count; start += batchSize)
        {
            using var batch = Slice(start, batchSize);
            yield return (batch.Images, batch.Labels);
        }
    }

    IEnumerable<(Tensor Images, Tensor Labels)> ShuffledBatches(int batchSize, int seed)
    {
        var order = Places.Shuffled(Count, seed);
        for (var start = 0; start < order.Length; start += batchSize)
        {
            using var batch = Select(order.AsSpan(start, Math.Min(batchSize, order.Length - start)));
            yield return (batch.Images, batch.Labels);
        }
    }
}
