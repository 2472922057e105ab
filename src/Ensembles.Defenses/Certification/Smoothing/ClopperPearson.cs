namespace Ensembles.Defenses;

/// <summary>
/// The exact lower confidence bound of a probability (Clopper and Pearson 1934): of k successes in n independent trials
/// the p at which k or more have probability alpha, I_p(k, n - k + 1) = alpha with the regularised incomplete beta
/// function I.
/// </summary>
static class ClopperPearson
{
    /// <summary>Above what the series and the bisection round, relative.</summary>
    const double Rounding = 1e-9;

    /// <summary>A bound below the true probability with probability 1 - alpha or more.</summary>
    /// <param name="successes">k, from 0 to n.</param>
    /// <param name="trials">n, 1 or more.</param>
    /// <param name="alpha">The probability of error, in (0, 1).</param>
    public static double Lower(long successes, long trials, double alpha)
    {
        if (successes == 0)
            return 0;
        var (low, high) = (0.0, 1.0);
        for (var step = 0; step < 100 && high - low > 1e-14; step++)
        {
            var middle = (low + high) / 2;
            if (RegularizedBeta(middle, successes, trials - successes + 1) <= alpha * (1 - Rounding))
                low = middle;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>
    /// I_x(a, b) = x^a (1 - x)^b / (a B(a, b)) times a continued fraction, which converges fast for x below (a + 1) /
    /// (a + b + 2); above it I_x(a, b) = 1 - I_(1 - x)(b, a).
    /// </summary>
    public static double RegularizedBeta(double x, double a, double b)
    {
        if (x <= 0)
            return 0;
        if (x >= 1)
            return 1;
        return x < (a + 1) / (a + b + 2)
            ? Front(x, a, b) * Fraction(x, a, b)
            : 1 - (Front(1 - x, b, a) * Fraction(1 - x, b, a));
    }

    /// <summary>x^a (1 - x)^b / (a B(a, b)).</summary>
    static double Front(double x, double a, double b) => Math.Exp(
        LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * double.LogP1(-x))) / a;

    /// <summary>1 / (1 + d1 / (1 + d2 / ...)), by the method of Lentz.</summary>
    static double Fraction(double x, double a, double b)
    {
        const double Tiny = 1e-300;
        var (c, d) = (1.0, Inverse(1 - ((a + b) * x / (a + 1))));
        var value = d;
        for (var m = 1; m < 100_000; m++)
        {
            Next(m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m))));
            var factor = Next(-(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1)));
            if (Math.Abs(factor - 1) < 1e-15)
                return value;
        }

        throw new InvalidOperationException($"The incomplete beta function does not converge at {x}, {a}, {b}.");

        double Next(double term)
        {
            d = Inverse(1 + (term * d));
            c = 1 + (term / c);
            c = Math.Abs(c) < Tiny ? Tiny : c;
            value *= c * d;
            return c * d;
        }

        static double Inverse(double denominator) => 1 / (Math.Abs(denominator) < Tiny ? Tiny : denominator);
    }

    /// <summary>log Gamma(x) for x of 1 or more: Stirling's series, from 15 on.</summary>
    static double LogGamma(double x)
    {
        var shift = 0.0;
        for (; x < 15; x++)
            shift -= Math.Log(x);
        var square = 1 / (x * x);
        var series = (1.0 / 12) - (square * ((1.0 / 360) - (square * ((1.0 / 1260)
            - (square * ((1.0 / 1680) - (square / 1188)))))));
        return shift + ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + (series / x);
    }
}
