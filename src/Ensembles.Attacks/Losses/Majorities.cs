using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The smallest sets of members that decide a vote by majority. Where members pull an image in opposite directions,
/// pushing all of them may beat the few that are near and never the ones that are enough.
/// </summary>
static class Majorities
{
    /// <summary>Beyond so many sets those of the first members are tried alone.</summary>
    const int Most = 1000;

    /// <summary>
    /// 1 for the members of one set and 0 for the others, float32 [M, N]: of all sets of floor(M / 2) + 1 members, the
    /// one whose
    /// <paramref name="values"/> sum is the <paramref name="rank"/>-th highest for each image; sets are tried round and
    /// round.
    /// </summary>
    /// <param name="values">How near each member is to its goal, float32 [M, N]; 0 when it is there.</param>
    /// <param name="rank">0 for the nearest set.</param>
    public static Tensor Mask(Tensor values, int rank)
    {
        using var scope = NewDisposeScope();
        var members = (int)values.size(0);
        var sets = Sets(members, members / 2 + 1).Take(Most).ToArray();
        var masks = zeros(sets.Length, members);
        for (var s = 0; s < sets.Length; s++)
            masks[s].index_fill_(0, tensor(sets[s]), 1);
        masks = masks.to(values.device);
        // A member that is beaten already costs nothing, and gains nothing for its set.
        var order = masks.matmul(values.clamp(max: 0)).argsort(0, descending: true);
        return masks.index_select(0, order[rank % sets.Length]).t().contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>All sets of so many of the members, in the order of their indices.</summary>
    static IEnumerable<long[]> Sets(int members, int size, int from = 0)
    {
        if (size == 0)
            return [[]];
        return Enumerable.Range(from, Math.Max(members - from - size + 1, 0))
            .SelectMany(first => Sets(members, size - 1, first + 1).Select(rest => (long[])[first, .. rest]));
    }
}
