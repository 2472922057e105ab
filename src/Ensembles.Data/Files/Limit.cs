namespace Ensembles.Data;

/// <summary>How many images of a dataset to load, and which. The images keep the dataset's order.</summary>
public sealed record Limit
{
    readonly int count;
    readonly bool balanced;

    Limit(int count, bool balanced)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (this.count, this.balanced) = (count, balanced);
    }

    /// <summary>The first <paramref name="count"/> images, or all when there are fewer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A count below 1.</exception>
    public static Limit First(int count) => new(count, balanced: false);

    /// <summary>
    /// The first images of each class, <paramref name="count"/> in all: the same number of each class, up to one. A
    /// class that has too few leaves its share to the others.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A count below 1.</exception>
    public static Limit Balanced(int count) => new(count, balanced: true);

    /// <summary>Indices of the images to load, ascending, given the labels of all.</summary>
    internal static int[] Choose(Limit? limit, IReadOnlyList<int> labels)
    {
        var all = Enumerable.Range(0, labels.Count);
        if (limit is null || limit.count >= labels.Count)
            return [.. all];
        if (!limit.balanced)
            return [.. all.Take(limit.count)];

        // The n-th image of every class comes before the n + 1st of any.
        var seen = new Dictionary<int, int>();
        var turn = labels.Select(label => seen[label] = seen.GetValueOrDefault(label) + 1).ToArray();
        return [.. all.OrderBy(i => turn[i]).ThenBy(i => labels[i]).Take(limit.count).Order()];
    }
}
