namespace Ensembles.Evaluation;

/// <summary>
/// McNemar's exact paired test of two systems on the same images in the same order: do they survive equally often?
/// </summary>
/// <param name="OnlyFirst">b, images on which only the first system survives.</param>
/// <param name="OnlySecond">c, images on which only the second system survives.</param>
public sealed record McNemar(int OnlyFirst, int OnlySecond)
{
    /// <summary>
    /// Two-sided p = min(1, 2 sum_{i &lt;= min(b, c)} C(b + c, i) / 2^(b + c)); 1 when the systems never differ.
    /// </summary>
    public double P { get; } = Exact(OnlyFirst, OnlySecond);

    /// <summary>Pairs the systems' survival flags image by image.</summary>
    /// <exception cref="ArgumentException">The systems were not judged on the same number of images.</exception>
    public static McNemar Compare(IReadOnlyList<bool> first, IReadOnlyList<bool> second)
    {
        if (first.Count != second.Count)
        {
            throw new ArgumentException(
                $"A paired test needs the same images in the same order; there are {first.Count} and {second.Count}.",
                nameof(second));
        }
        var (b, c) = (0, 0);
        for (var i = 0; i < first.Count; i++)
        {
            if (first[i] && !second[i])
                b++;
            if (!first[i] && second[i])
                c++;
        }
        return new McNemar(b, c);
    }

    static double Exact(int b, int c)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(b);
        ArgumentOutOfRangeException.ThrowIfNegative(c);
        // log C(n, i) / 2^n from its predecessor: C(n, i) = C(n, i - 1) (n - i + 1) / i.
        var n = b + c;
        var logTerm = -n * Math.Log(2);
        var sum = Math.Exp(logTerm);
        for (var i = 1; i <= Math.Min(b, c); i++)
        {
            logTerm += Math.Log((double)(n - i + 1) / i);
            sum += Math.Exp(logTerm);
        }
        return Math.Min(1, 2 * sum);
    }
}
