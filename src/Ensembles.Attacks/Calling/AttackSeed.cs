namespace Ensembles.Attacks;

/// <summary>Seeds of the draws inside one run, each a function of the run's seed and of where the draw happens.</summary>
/// <remarks>
/// A draw depends on its place (batch, restart, step) and on nothing drawn before it: more restarts repeat the earlier
/// ones exactly, and one batch does not depend on another.
/// </remarks>
static class AttackSeed
{
    /// <summary>A non-negative seed from the parts, mixed as SplitMix64 does.</summary>
    public static long Of(params ReadOnlySpan<long> parts)
    {
        var state = 0UL;
        foreach (var part in parts)
        {
            state = (state ^ unchecked((ulong)part)) + 0x9E3779B97F4A7C15;
            state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
            state ^= state >> 31;
        }
        return (long)(state >> 1);
    }
}
