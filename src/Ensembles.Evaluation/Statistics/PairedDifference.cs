namespace Ensembles.Evaluation;

/// <summary>
/// Two systems compared image by image on the same images: the whole ensemble, and a system without one of its parts.
/// </summary>
/// <param name="Images">N, the number of images.</param>
/// <param name="With">The whole's robust accuracy.</param>
/// <param name="Without">The other system's robust accuracy.</param>
/// <param name="OnlyWith">b, the number of images on which only the whole survives.</param>
/// <param name="OnlyWithout">c, the number of images on which only the other system survives.</param>
/// <param name="P">McNemar's exact two-sided p-value.</param>
/// <param name="CorrectedP">The p-value after Holm's correction over the family of comparisons.</param>
public sealed record PairedDifference(
    int Images,
    Rate With,
    Rate Without,
    int OnlyWith,
    int OnlyWithout,
    double P,
    double CorrectedP)
{
    /// <summary>The significance level, after correction.</summary>
    public const double Level = 0.05;

    /// <summary>Robust accuracy with minus without, (b - c) / N.</summary>
    public double Difference => (double)(OnlyWith - OnlyWithout) / Images;

    /// <summary>The lower end of the difference's 95% interval.</summary>
    public double Low => Math.Max(-1, Centre - Half);

    /// <summary>The upper end of the difference's 95% interval.</summary>
    public double High => Math.Min(1, Centre + Half);

    /// <summary>What the numbers show; a direction only if the corrected p is below <see cref="Level"/>.</summary>
    public Verdict Verdict =>
        CorrectedP >= Level ? Verdict.NoMeasurableEffect
        : OnlyWith > OnlyWithout ? Verdict.Adds
        : Verdict.Subtracts;

    /// <summary>
    /// The smallest number of images by which two systems must differ, all in one direction, for a comparison among
    /// several to show it: the smallest k with 2 (1/2)^k below the level over the number of comparisons, the strictest
    /// step of Holm's correction.
    /// </summary>
    /// <param name="comparisons">How many comparisons the correction is over; at least 1.</param>
    public static int SmallestShown(int comparisons)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(comparisons, 1);
        return (int)Math.Floor(Math.Log2(2 * comparisons / Level)) + 1;
    }

    // Bonett and Price's adjusted interval for a paired difference of proportions (2012): with
    // b~ = (b + 1) / (N + 2) and c~ = (c + 1) / (N + 2), b~ - c~ +- z sqrt((b~ + c~ - (b~ - c~)^2) / (N + 2)).
    // Unlike the bootstrap it does not shrink to a point where the two systems never differ.
    double B => (OnlyWith + 1.0) / (Images + 2);

    double C => (OnlyWithout + 1.0) / (Images + 2);

    double Centre => B - C;

    double Half => Rate.Z * Math.Sqrt((B + C - Centre * Centre) / (Images + 2));

    /// <summary>Compares a family of systems with the whole, and corrects the p-values over the family.</summary>
    /// <param name="whole">For each image, whether the whole survives.</param>
    /// <param name="others">The same flags for each of the other systems.</param>
    internal static PairedDifference[] CompareFamily(bool[] whole, IReadOnlyList<bool[]> others)
    {
        var tests = others.Select(other => McNemar.Compare(whole, other)).ToArray();
        var corrected = Holm.Correct([.. tests.Select(test => test.P)]);
        return [.. tests.Select((test, i) => new PairedDifference(
            whole.Length, Rate.Of(whole), Rate.Of(others[i]), test.OnlyFirst, test.OnlySecond, test.P, corrected[i]))];
    }
}

/// <summary>What a paired comparison says about a component.</summary>
public enum Verdict
{
    /// <summary>Significantly fewer images survive without it.</summary>
    Adds,

    /// <summary>No significant difference: the component may do nothing, or there are too few images to tell.</summary>
    NoMeasurableEffect,

    /// <summary>Significantly more images survive without it.</summary>
    Subtracts,
}
