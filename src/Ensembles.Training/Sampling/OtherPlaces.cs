namespace Ensembles.Training;

/// <summary>Gives every one of N images the place of another.</summary>
static class OtherPlaces
{
    /// <summary>
    /// The place that each image receives, every place once: that of the next one round in an order drawn from the
    /// seed, so none its own unless it is alone.
    /// </summary>
    public static long[] Of(int count, int seed)
    {
        var order = Enumerable.Range(0, count).Select(i => (long)i).ToArray();
        new Random(seed).Shuffle(order);
        var places = new long[count];
        for (var i = 0; i < count; i++)
            places[order[i]] = order[(i + 1) % count];
        return places;
    }
}
