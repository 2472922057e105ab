namespace Ensembles.Training;

/// <summary>
/// P x K: every batch holds K images of each of P classes, class by class, as losses between the images of a batch need
/// them. It takes the place of a batch size.
/// </summary>
/// <remarks>
/// Classes are drawn for each batch. Those of a class come in a random order, and anew when fewer than K are left;
/// only where a class has less than K images does one come twice in a batch. An epoch passes as many images as there
/// are.
/// </remarks>
/// <param name="Classes">P, 1 or more, and no more than the images have.</param>
/// <param name="ImagesPerClass">K, 1 or more.</param>
public sealed record ClassSampling(int Classes, int ImagesPerClass) : Sampling
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Images of fewer classes than P.</exception>
    public override IReadOnlyList<long[]> Batches(IReadOnlyList<long> labels, int batchSize, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ImagesPerClass, 1);
        var random = new Random(seed);
        ShuffledClass[] classes =
        [
            .. Enumerable.Range(0, labels.Count).GroupBy(i => labels[i], i => (long)i).OrderBy(g => g.Key)
                .Select(g => new ShuffledClass([.. g], random)),
        ];
        if (classes.Length < Classes)
            throw new ArgumentException(
                $"A batch is to hold {Classes} classes, and the training images have {classes.Length}.");

        var size = Classes * ImagesPerClass;
        var batches = new long[(labels.Count + size - 1) / size][];
        for (var i = 0; i < batches.Length; i++)
        {
            random.Shuffle(classes);
            batches[i] = [.. classes.Take(Classes).SelectMany(c => c.Take(ImagesPerClass))];
        }

        return batches;
    }

    /// <summary>The images of a class, handed out in a random order again and again.</summary>
    sealed class ShuffledClass
    {
        readonly long[] images;
        readonly Random random;
        int taken;

        public ShuffledClass(long[] images, Random random)
        {
            (this.images, this.random) = (images, random);
            random.Shuffle(images);
        }

        public long[] Take(int count)
        {
            if (taken + count > images.Length && taken > 0)
            {
                random.Shuffle(images);
                taken = 0;
            }

            var next = new long[count];
            for (var i = 0; i < count; i++)
                next[i] = images[taken++ % images.Length];
            return next;
        }
    }
}
