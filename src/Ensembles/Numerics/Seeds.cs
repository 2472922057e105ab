namespace Ensembles.Numerics;

/// <summary>
/// Seeds that depend on what they are for and on nothing drawn before, the same in every process: more restarts repeat
/// the earlier ones exactly, and one batch does not depend on another.
/// </summary>
public static class Seeds
{
    /// <summary>The step of SplitMix64, 2^64 over the golden ratio.</summary>
    const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>A non-negative seed made of numbers, mixed as SplitMix64 does.</summary>
    /// <param name="parts">A seed and the place of the draw: batch, restart, step and the like.</param>
    public static long Of(params ReadOnlySpan<long> parts)
    {
        var state = 0UL;
        foreach (var part in parts)
            state = Mix((state ^ unchecked((ulong)part)) + Golden);
        return (long)(state >> 1);
    }

    /// <summary>A non-negative seed made of a seed and words: FNV-1a over both.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="words">What the new seed is for.</param>
    public static int Of(int seed, params ReadOnlySpan<string> words)
    {
        var hash = (2166136261 ^ (uint)seed) * 16777619;
        foreach (var word in words)
        {
            foreach (var c in word)
                hash = (hash ^ c) * 16777619;
            hash = (hash ^ 0x1f) * 16777619;
        }
        return (int)(hash & 0x7fffffff);
    }

    /// <summary>The next number of SplitMix64 (Steele, Lea and Flood 2014), whose state moves on by one step.</summary>
    public static ulong Next(ref ulong state) => Mix(state += Golden);

    /// <summary>What SplitMix64 makes of a state: 64 bits that all depend on all of its bits.</summary>
    public static ulong Mix(ulong state)
    {
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
        return state ^ (state >> 31);
    }
}
