namespace Ensembles;

/// <summary>Orders and divisions of images, as their places.</summary>
static class Places
{
    /// <summary>All places in an order drawn from a seed.</summary>
    public static long[] Shuffled(int count, int seed)
    {
        var order = new long[count];
        for (var i = 0; i < count; i++)
            order[i] = i;
        new Random(seed).Shuffle(order);
        return order;
    }

    /// <summary>
    /// The places of two parts, ascending, every class divided in the same proportion, up to one image.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A count outside [0, N].</exception>
    public static (long[] First, long[] Others) Stratified(ILabeledImages images, int firstCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstCount, images.Count);
        var labels = HostMemory.ReadLongs(images.Labels);
        var quotas = Quotas(labels, images.ClassCount, firstCount);
        var isInFirst = Array.ConvertAll(labels, label => quotas[label]-- > 0);
        return (Where(true), Where(false));

        long[] Where(bool wanted) =>
            [.. Enumerable.Range(0, labels.Length).Where(i => isInFirst[i] == wanted).Select(i => (long)i)];
    }

    /// <summary>
    /// How many images of each class make up the part: q_k = round(f c_k) - round(f c_(k-1)) with c_k the images in
    /// classes 0 to k and f the part's share, so that the quotas add up exactly and each is within one of f n_k.
    /// </summary>
    static int[] Quotas(long[] labels, int classCount, int count)
    {
        var sizes = new long[classCount];
        foreach (var label in labels)
            sizes[label]++;

        var quotas = new int[classCount];
        var (seen, given) = (0L, 0L);
        for (var k = 0; k < classCount; k++)
        {
            seen += sizes[k];
            var upToHere = labels.Length == 0 ? 0 : (2 * seen * count + labels.Length) / (2 * labels.Length);
            quotas[k] = (int)(upToHere - given);
            given = upToHere;
        }

        return quotas;
    }
}
