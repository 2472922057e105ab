using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Two systems compared image by image on the same images: the whole ensemble, and a system without one of its parts.
/// A randomised system survives an image in a share of its draws; the shares are compared, since surviving every draw
/// costs it accuracy that a deterministic system does not lose.
/// </summary>
/// <param name="Images">N, the number of images.</param>
/// <param name="With">The whole's robust accuracy, the mean over draws.</param>
/// <param name="Without">The other system's robust accuracy, the mean over draws.</param>
/// <param name="OnlyWith">Images that the whole survives and the other does not, or in fewer of its draws.</param>
/// <param name="OnlyWithout">Images of which the opposite is true.</param>
/// <param name="Sum">The sum over the images of the whole's share minus the other's.</param>
/// <param name="SumOfSquares">The sum of the squares of these differences.</param>
/// <param name="P">The exact two-sided p-value, see <see cref="SignFlipTest"/>.</param>
/// <param name="CorrectedP">The p-value after Holm's correction over the family of comparisons.</param>
public sealed record PairedDifference(
    int Images,
    Rate With,
    Rate Without,
    int OnlyWith,
    int OnlyWithout,
    double Sum,
    double SumOfSquares,
    double P,
    double CorrectedP)
{
    /// <summary>The significance level, after correction.</summary>
    public const double Level = 0.05;

    /// <summary>Robust accuracy with minus without.</summary>
    public double Difference => Sum / Images;

    /// <summary>The lower end of the difference's 95% interval.</summary>
    public double Low => Math.Max(-1, Centre - Half);

    /// <summary>The upper end of the difference's 95% interval.</summary>
    public double High => Math.Min(1, Centre + Half);

    /// <summary>What the numbers show; a direction only if the corrected p is below <see cref="Level"/>.</summary>
    public Verdict Verdict =>
        CorrectedP >= Level ? Verdict.NoMeasurableEffect
        : Sum > 0 ? Verdict.Adds
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

    /// <summary>
    /// How many images it would take for a comparison among several to show the difference measured, if that is the
    /// real one, four times in five; null where none was measured.
    /// </summary>
    /// <remarks>
    /// With the mean m and the mean square q of the N differences, the sum over n images is about normal with the
    /// variance n q if there is no difference, which the test assumes, and n (q - m^2) if there is:
    /// n = ((z sqrt(q) + z' sqrt(q - m^2)) / m)^2, where z is the two-sided quantile of the level over the number of
    /// comparisons and z' that of 80%. Never so few that the exact test could not show it in one direction.
    /// </remarks>
    /// <param name="comparisons">How many comparisons the correction is over; at least 1.</param>
    public int? ImagesToShow(int comparisons)
    {
        if (Sum == 0)
            return null;
        var (m, q) = (Sum / Images, SumOfSquares / Images);
        var z = Quantile(1 - Level / comparisons / 2);
        var root = (z * Math.Sqrt(q) + Quantile(0.8) * Math.Sqrt(Math.Max(0, q - m * m))) / m;
        var images = Math.Max(root * root, SmallestShown(comparisons) / Math.Abs(m));
        return (int)Math.Min(int.MaxValue, Math.Ceiling(images));
    }

    static double Quantile(double probability)
    {
        using var argument = tensor(probability, ScalarType.Float64);
        using var quantile = special.ndtri(argument);
        return quantile.item<double>();
    }

    // Bonett and Price's adjusted interval for a paired difference of proportions (2012) adds two images, one that only
    // each of the systems survives. With the mean m and the mean square q of the N + 2 differences it is
    // m +- z sqrt((q - m^2) / (N + 2)). Unlike the bootstrap it does not shrink to a point where the systems never
    // differ.
    double Centre => Sum / (Images + 2);

    double Half => Rate.Z * Math.Sqrt(((SumOfSquares + 2) / (Images + 2) - Centre * Centre) / (Images + 2));

    /// <summary>Compares a family of systems with the whole, and corrects the p-values over the family.</summary>
    /// <param name="whole">For each image the draws that the whole survives, and the number of draws.</param>
    /// <param name="others">The same of each of the other systems.</param>
    internal static PairedDifference[] CompareFamily(
        (int[] Survived, int Draws) whole, IReadOnlyList<(int[] Survived, int Draws)> others)
    {
        int[][] differences = [.. others.Select(other => Differences(whole, other))];
        var p = differences.Select(SignFlipTest.P).ToArray();
        var corrected = Holm.Correct(p);
        return [.. differences.Select((d, i) =>
        {
            double unit = whole.Draws * others[i].Draws;
            return new PairedDifference(
                d.Length,
                Mean(whole),
                Mean(others[i]),
                d.Count(by => by > 0),
                d.Count(by => by < 0),
                d.Sum(by => (long)by) / unit,
                d.Sum(by => (double)by * by) / (unit * unit),
                p[i],
                corrected[i]);
        })];
    }

    /// <summary>For each image the difference of the shares, in units of one over the product of the draws.</summary>
    static int[] Differences((int[] Survived, int Draws) whole, (int[] Survived, int Draws) other)
    {
        if (whole.Survived.Length != other.Survived.Length)
        {
            throw new ArgumentException(
                "A paired comparison needs the same images in the same order; there are "
                + $"{whole.Survived.Length} and {other.Survived.Length}.",
                nameof(other));
        }
        return [.. whole.Survived.Zip(other.Survived, (w, o) => w * other.Draws - o * whole.Draws)];
    }

    static Rate Mean((int[] Survived, int Draws) system) =>
        Rate.Of(system.Survived.Sum(draws => (long)draws) / (double)system.Draws, system.Survived.Length);
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
