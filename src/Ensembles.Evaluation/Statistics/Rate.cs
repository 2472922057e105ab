namespace Ensembles.Evaluation;

/// <summary>A share of images with its 95% Wilson score interval.</summary>
/// <param name="Value">The share, in [0, 1].</param>
/// <param name="Low">The interval's lower end.</param>
/// <param name="High">The interval's upper end.</param>
public sealed record Rate(double Value, double Low, double High)
{
    // The 97.5% quantile of the standard normal distribution.
    internal const double Z = 1.959963984540054;

    /// <summary>
    /// The share p = k/n with Wilson's interval: centre (p + z^2/2n) / (1 + z^2/n), half-width
    /// z / (1 + z^2/n) sqrt(p(1-p)/n + z^2/4n^2), z = 1.96 (Wilson 1927).
    /// </summary>
    /// <param name="successes">k; for a randomised defense a mean over draws, which need not be a whole number.</param>
    /// <param name="count">n, the number of images.</param>
    /// <exception cref="ArgumentOutOfRangeException">No images, or more successes than images.</exception>
    public static Rate Of(double successes, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, count);

        var p = successes / count;
        var scale = 1 + Z * Z / count;
        var centre = (p + Z * Z / (2 * count)) / scale;
        var half = Z / scale * Math.Sqrt(p * (1 - p) / count + Z * Z / (4.0 * count * count));
        // Rounding must not push an interval that touches p = 0 or 1 past it.
        return new Rate(p, Math.Min(p, Math.Max(0, centre - half)), Math.Max(p, Math.Min(1, centre + half)));
    }

    /// <summary>The share of flags that are set.</summary>
    public static Rate Of(IReadOnlyCollection<bool> flags) => Of(flags.Count(flag => flag), flags.Count);

    /// <summary>The mean of shares in [0, 1], one an image, as of a randomised defense's draws.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No images, or a share above 1.</exception>
    public static Rate OfMean(IReadOnlyCollection<double> shares) =>
        // A sum of ones may round past their number.
        Of(Math.Min(shares.Count, shares.Sum()), shares.Count);

    /// <summary>For people: "45.0% [35.6, 54.8]".</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{100 * Value:0.0}% [{100 * Low:0.0}, {100 * High:0.0}]");
}
