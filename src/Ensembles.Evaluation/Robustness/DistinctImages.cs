namespace Ensembles.Evaluation;

/// <summary>
/// Whether the images of a test are distinct. An interval is one of independent images: a robust image repeated a
/// hundred times would be a hundred of them, and the interval ten times too narrow.
/// </summary>
static class DistinctImages
{
    /// <summary>
    /// The share that must be distinct. A few doubles are in many datasets, and move an interval by less than its last
    /// digit.
    /// </summary>
    const double Required = 0.95;

    /// <summary>
    /// How far apart the pixels of two images may lie that count as one: half a grey level, which images of bytes that
    /// differ at all exceed.
    /// </summary>
    const float Apart = 0.5f / 255;

    /// <summary>Images of fewer pixels may lie so near by chance; of them equal ones alone count.</summary>
    const int FewPixels = 64;

    /// <summary>Runs the check.</summary>
    public static CheckOutcome Run(LabeledImages images)
    {
        var distinct = Count(images);
        var finding = $"{distinct} of {Wording.Count(images.Count, "image")} "
            + (distinct == 1 ? "is distinct" : "are distinct");
        return distinct >= Required * images.Count
            ? new CheckOutcome(true, finding)
            : new CheckOutcome(false, finding + ", so shares and their intervals count the same images again");
    }

    /// <summary>How many images are left when one of each group that lies close together is kept.</summary>
    static int Count(LabeledImages images)
    {
        var pixels = HostMemory.ReadFloats(images.Images);
        var size = pixels.Length / images.Count;
        var apart = size < FewPixels ? 0 : Apart;
        ReadOnlySpan<float> Of(int image) => pixels.AsSpan(image * size, size);

        // Images that lie close together have sums with the same signs that do: at most the number of pixels times as
        // far apart. So each is compared with those behind it in the order of the sums, up to that distance.
        var random = new Random(0);
        float[] signs = [.. Enumerable.Range(0, size).Select(_ => random.Next(2) == 0 ? -1f : 1f)];
        double[] sums =
        [
            .. Enumerable.Range(0, images.Count).Select(image => Dot(Of(image), signs)),
        ];
        int[] order = [.. Enumerable.Range(0, images.Count).OrderBy(image => sums[image])];
        var reach = (apart * size) + 1e-9;
        var isCounted = new bool[images.Count];
        var distinct = 0;
        for (var i = 0; i < order.Length; i++)
        {
            if (isCounted[order[i]])
                continue;
            distinct++;
            for (var j = i + 1; j < order.Length && sums[order[j]] - sums[order[i]] <= reach; j++)
                isCounted[order[j]] |= AreClose(Of(order[i]), Of(order[j]), apart);
        }

        return distinct;
    }

    static double Dot(ReadOnlySpan<float> image, float[] signs)
    {
        var sum = 0.0;
        for (var i = 0; i < image.Length; i++)
            sum += image[i] * signs[i];
        return sum;
    }

    static bool AreClose(ReadOnlySpan<float> one, ReadOnlySpan<float> other, float apart)
    {
        for (var i = 0; i < one.Length; i++)
        {
            if (MathF.Abs(one[i] - other[i]) > apart)
                return false;
        }

        return true;
    }
}
