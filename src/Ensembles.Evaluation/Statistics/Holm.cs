namespace Ensembles.Evaluation;

/// <summary>Holm's step-down correction: bounds the chance of any false finding in a family of tests.</summary>
public static class Holm
{
    /// <summary>
    /// Corrected p-values in the order given: with p sorted ascending,
    /// p'_(j) = max_{i &lt;= j} min(1, (m - i + 1) p_(i)) (Holm 1979).
    /// </summary>
    /// <exception cref="ArgumentException">A value outside [0, 1], or not a number.</exception>
    public static double[] Correct(IReadOnlyList<double> p)
    {
        if (p.Any(value => !(value >= 0 && value <= 1)))
            throw new ArgumentException("A p-value lies in [0, 1].", nameof(p));
        var corrected = new double[p.Count];
        var largest = 0.0;
        var remaining = p.Count;
        foreach (var index in Enumerable.Range(0, p.Count).OrderBy(i => p[i]))
        {
            largest = Math.Max(largest, Math.Min(1, remaining-- * p[index]));
            corrected[index] = largest;
        }
        return corrected;
    }
}
