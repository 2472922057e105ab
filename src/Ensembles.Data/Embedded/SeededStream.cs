namespace Ensembles.Data;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): integer arithmetic only, so a seed draws the same numbers on every machine
/// and runtime.
/// </summary>
struct SeededStream(ulong state)
{
    /// <summary>One item's stream for one purpose. Streams that differ in any of the three are unrelated.</summary>
    public static SeededStream Of(int seed, int item, int purpose)
    {
        var mixed = Seeds.Mix(Seeds.Mix((ulong)(uint)seed + 1) ^ (ulong)(uint)item);
        return new SeededStream(Seeds.Mix(mixed + (ulong)(uint)purpose));
    }

    public ulong Next() => Seeds.Next(ref state);

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1L << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + (high - low) * Uniform();

    /// <summary>Uniform in 0 to count - 1.</summary>
    public int Integer(int count) => (int)(Uniform() * count);

    /// <summary>
    /// Near normal, mean 0, variance 1: the sum of four uniform numbers of 16 bits each, standardised. Needs no
    /// logarithm, and never exceeds 2 sqrt(3).
    /// </summary>
    public double Normal()
    {
        var bits = Next();
        var sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        return (sum / 65535.0 - 2) * 1.7320508075688772;
    }
}
