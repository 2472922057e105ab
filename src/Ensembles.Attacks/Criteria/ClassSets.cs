using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// For each of N images the set of classes that meet a criterion, and the margin of the set over all other classes.
/// </summary>
/// <param name="meets">Whether class k meets the criterion for image n, at n K + k.</param>
/// <param name="classes">K, the number of classes.</param>
sealed class ClassSets(bool[] meets, int classes)
{
    /// <summary>What negative infinity counts as in a difference that is followed.</summary>
    public const float Furthest = -1e15f;

    readonly int[] sizes = [.. Enumerable.Range(0, meets.Length / classes)
        .Select(image => meets.AsSpan(image * classes, classes).Count(true))];

    long[]? onlyInside;
    long[]? onlyOutside;

    /// <summary>N.</summary>
    public int Count => sizes.Length;

    /// <summary>How many classes meet the criterion for the image with the most of them.</summary>
    public int LargestSize => sizes.Length == 0 ? 0 : sizes.Max();

    /// <summary>Whether some image has no class in its set, or none outside it.</summary>
    public bool AnyTrivial => sizes.Any(size => size == 0 || size == classes);

    /// <summary>
    /// For each image the one class in its set, or outside it; null where some image has none or several.
    /// </summary>
    public long[]? TheOnly(bool inside)
    {
        if (sizes.Any(size => (inside ? size : classes - size) != 1))
            return null;
        return inside ? onlyInside ??= Only() : onlyOutside ??= Only();

        long[] Only() =>
            [.. Enumerable.Range(0, Count).Select(i => (long)meets.AsSpan(i * classes, classes).IndexOf(inside))];
    }

    /// <summary>Whether a class meets the criterion for an image.</summary>
    public bool Contains(int image, long label) => label >= 0 && label < classes && meets[image * classes + label];

    /// <summary>The same for some of the images.</summary>
    public ClassSets Select(ReadOnlySpan<int> images)
    {
        var some = new bool[images.Length * classes];
        for (var i = 0; i < images.Length; i++)
            meets.AsSpan(images[i] * classes, classes).CopyTo(some.AsSpan(i * classes));
        return new ClassSets(some, classes);
    }

    /// <summary>The sets as a mask, bool [N, K].</summary>
    public Tensor Mask(Device device) => tensor(meets, [Count, classes], device: device);

    /// <summary>
    /// Margins [R] of scores [R, K], the highest in the set less the highest outside it: positive where the set wins.
    /// Differentiable; rows are the images, one after the other and round again.
    /// </summary>
    /// <remarks>
    /// Both classes are found on the host: as masked maxima they cost more to differentiate than a whole step needs
    /// besides the network.
    /// </remarks>
    public Tensor Margins(Tensor scores)
    {
        var values = HostMemory.ReadFloats(scores);
        var rows = values.Length / classes;
        var pairs = new long[2 * rows];
        for (var row = 0; row < rows; row++)
            (pairs[2 * row], pairs[2 * row + 1]) = Leaders(values.AsSpan(row * classes, classes), row % Count);
        using var index = tensor(pairs, [rows, 2], device: scores.device);
        var leaders = scores.gather(1, index);
        // A class at negative infinity is as far behind as can be, at a number that can be reckoned with.
        for (var pair = 0; pair < pairs.Length; pair++)
        {
            if (values[pair / 2 * classes + pairs[pair]] != float.NegativeInfinity)
                continue;
            leaders = leaders.clamp(min: Furthest);
            break;
        }
        return (leaders * tensor([-1f, 1f], device: scores.device)).sum(1);
    }

    /// <summary>The margin of one row of scores [K] for an image.</summary>
    public float Margin(ReadOnlySpan<float> scores, int image)
    {
        var (outside, inside) = Leaders(scores, image);
        return scores[inside] - scores[outside];
    }

    /// <summary>The class with the highest score outside the set of an image, and the one in it.</summary>
    (int Outside, int Inside) Leaders(ReadOnlySpan<float> scores, int image)
    {
        var set = meets.AsSpan(image * classes, classes);
        return (Leader(scores, set, inside: false), Leader(scores, set, inside: true));
    }

    /// <summary>
    /// The class with the highest score, the first NaN where there is any, so that it shows; where there is no class at
    /// all, the one with the lowest score, so that what cannot be does not seem near.
    /// </summary>
    static int Leader(ReadOnlySpan<float> scores, ReadOnlySpan<bool> set, bool inside)
    {
        var (best, lowest) = (-1, 0);
        for (var k = 0; k < scores.Length; k++)
        {
            if (scores[k] < scores[lowest])
                lowest = k;
            if (set[k] != inside)
                continue;
            if (float.IsNaN(scores[k]))
                return k;
            if (best < 0 || scores[k] > scores[best])
                best = k;
        }
        return best < 0 ? lowest : best;
    }
}
