namespace Ensembles.Evaluation;

/// <summary>Whether a gate keeps its false positive rate on clean images that it was not calibrated on.</summary>
/// <param name="Name">The gate's property name.</param>
/// <param name="Stated">The declared false positive rate.</param>
/// <param name="Rejected">How many clean held-out images the gate rejects.</param>
/// <param name="Count">How many clean held-out images there are.</param>
/// <param name="ValidationCount">How many clean validation images the threshold was set on.</param>
public sealed record GateRate(string Name, double Stated, int Rejected, int Count, int ValidationCount)
{
    /// <summary>Below this probability a count of rejections contradicts the stated rate.</summary>
    public const double Level = 0.01;

    /// <summary>The share of held-out images rejected, with its interval.</summary>
    public Rate Observed => Rate.Of(Rejected, Count);

    /// <summary>The probability of at least this many rejections if the gate keeps its stated rate.</summary>
    /// <remarks>
    /// The threshold is an order statistic of n validation scores with j = floor(n rate) above it, so the gate's true
    /// rate is itself random, Beta(j + 1, n - j), and the number of rejections among m held-out images is
    /// beta-binomial. A plain binomial bound would ignore that calibration is sampling, too. Exact for scores without
    /// ties, conservative with them.
    /// </remarks>
    public double P => UpperTail(Rejected, Count, Above + 1, ValidationCount - Above);

    /// <summary>Whether the observed rejections are consistent with the stated rate.</summary>
    public bool Keeps => P >= Level;

    // Validation scores above the threshold; the tolerance is the one GateThreshold.Calibrate rounds with.
    double Above => Math.Floor(ValidationCount * Stated + 1e-9);

    /// <summary>P(X >= <paramref name="k"/>) for X beta-binomial with m trials and parameters a and b.</summary>
    static double UpperTail(int k, int m, double a, double b)
    {
        if (k <= 0)
            return 1;
        // P(0) = prod_{i < m} (b + i) / (a + b + i); P(x + 1) / P(x) = (m - x)(a + x) / ((x + 1)(b + m - x - 1)).
        var logTerm = 0.0;
        for (var i = 0; i < m; i++)
            logTerm += Math.Log((b + i) / (a + b + i));
        var below = 0.0;
        for (var x = 0; x < k; x++)
        {
            below += Math.Exp(logTerm);
            logTerm += Math.Log((m - x) * (a + x) / ((x + 1) * (b + m - x - 1)));
        }
        return Math.Max(0, 1 - below);
    }
}
