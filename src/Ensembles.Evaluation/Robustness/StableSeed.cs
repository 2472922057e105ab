namespace Ensembles.Evaluation;

/// <summary>Seeds that depend on what they are for, and not on the order in which things are done.</summary>
static class StableSeed
{
    /// <summary>FNV-1a over the seed and the words, the same in every process.</summary>
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
}
