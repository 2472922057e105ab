using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>A quantity measured on images, with its 95% interval over them where there are enough.</summary>
/// <param name="Value">The quantity on all images.</param>
/// <param name="Low">The interval's lower end; null where it is not known.</param>
/// <param name="High">The interval's upper end; null where it is not known.</param>
public sealed record Estimate(double Value, double? Low = null, double? High = null)
{
    /// <summary>
    /// A quantity with the interval of the delete-a-group jackknife: with g groups of images, se^2 = (g - 1) / g sum_j
    /// (q_(j) - mean q)^2, where q_(j) is the quantity without group j, and the interval is q +- t se with Student's t
    /// of g - 1 degrees of freedom (Kott 2001).
    /// </summary>
    /// <param name="value">q, the quantity on all images.</param>
    /// <param name="withoutGroup">q_(j); five of them, or none for no interval.</param>
    /// <exception cref="ArgumentException">Another number of groups.</exception>
    public static Estimate Jackknife(double value, IReadOnlyList<double> withoutGroup)
    {
        if (withoutGroup.Count == 0 || withoutGroup.Any(other => !double.IsFinite(other)))
            return new Estimate(value);
        if (withoutGroup.Count != Groups)
            throw new ArgumentException($"The interval is that of {Groups} groups.", nameof(withoutGroup));
        var mean = withoutGroup.Average();
        var variance = (Groups - 1.0) / Groups * withoutGroup.Sum(other => (other - mean) * (other - mean));
        var half = StudentT * Math.Sqrt(variance);
        return new Estimate(value, value - half, value + half);
    }

    /// <summary>
    /// The mean of a figure over images, with the percentile interval of the bootstrap: the middle 95% of the means of
    /// as many images drawn again and again with replacement (Efron 1979). All figures of one seed and number of images
    /// draw the same images, so that they are paired.
    /// </summary>
    /// <param name="figures">A figure for each image.</param>
    /// <param name="seed">Seeds the draws.</param>
    public static Estimate Bootstrap(IReadOnlyList<double> figures, int seed)
    {
        var random = new Random(Seeds.Of(seed, "bootstrap"));
        var means = new double[Resamples];
        for (var i = 0; i < means.Length; i++)
        {
            var sum = 0.0;
            for (var drawn = 0; drawn < figures.Count; drawn++)
                sum += figures[random.Next(figures.Count)];
            means[i] = sum / figures.Count;
        }

        Array.Sort(means);
        return new Estimate(figures.Average(), means[(int)(0.025 * Resamples)], means[(int)(0.975 * Resamples) - 1]);
    }

    /// <summary>Means that the bootstrap draws.</summary>
    const int Resamples = 2000;

    /// <summary>g, the groups of <see cref="Jackknife"/>.</summary>
    internal const int Groups = 5;

    // The 97.5% quantile of Student's t with four degrees of freedom.
    const double StudentT = 2.7764451051977987;

    /// <summary>For people: "0.456 [0.41, 0.5]".</summary>
    public override string ToString() => Low is { } low && High is { } high
        ? Invariant($"{Value:0.###} [{low:0.###}, {high:0.###}]")
        : Invariant($"{Value:0.###}");
}
