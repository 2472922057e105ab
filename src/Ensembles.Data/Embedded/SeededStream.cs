namespace Ensembles.Data;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): integer arithmetic only, so a seed draws the same numbers on every machine
/// and runtime.
/// </summary>
struct SeededStream(ulong state)
{
    /// <summary>The stream of one purpose for one item: streams that differ in any of the three are unrelated.</summary>
    public static SeededStream Of(int seed, int item, int purpose)
    {
        var mixed = Mix(Mix((ulong)(uint)seed + 1) ^ (ulong)(uint)item);
        return new SeededStream(Mix(mixed + (ulong)(uint)purpose));
    }

    public ulong Next() => Mix(state += 0x9E3779B97F4A7C15);

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + (high - low) * Uniform();

    /// <summary>Uniform in 0 to count - 1.</summary>
    public int Integer(int count) => (int)(Uniform() * count);

    /// <summary>
    /// Near normal, mean 0, variance 1: the sum of four uniform numbers of 16 bits each, standardised. Needs no logarithm,
    /// and never exceeds 2 sqrt(3).
    /// </summary>
    public double Normal()
    {
        var bits = Next();
        var sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        return (sum / 65535.0 - 2) * 1.7320508075688772;
    }

    static ulong Mix(ulong z)
    {
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
