namespace Ensembles.Evaluation;

/// <summary>
/// The exact paired test of two systems on the same images: if neither survives more, the difference on each image is
/// as likely to have the other sign. Where nothing is random the differences are 1, 0 and -1, and it is McNemar's exact
/// test. In general it is Fisher's randomisation test of paired differences.
/// </summary>
public static class SignFlipTest
{
    /// <summary>
    /// Two-sided p = P(|sum_i s_i d_i| >= |sum_i d_i|) over fair signs s_i; 1 where the systems never differ.
    /// </summary>
    /// <param name="differences">
    /// d_i, for each image by how much more the first system survives, in units common to all images.
    /// </param>
    public static double P(IReadOnlyList<int> differences)
    {
        var observed = Math.Abs(differences.Sum());
        // probability[i] is that of the sum i - reach.
        double[] probability = [1];
        var reach = 0;
        foreach (var alike in differences.Where(d => d != 0).GroupBy(Math.Abs).OrderBy(group => group.Key))
        {
            var (size, count) = (alike.Key, alike.Count());
            var next = new double[probability.Length + 2 * size * count];
            var heads = FairCoins(count);
            for (var h = 0; h <= count; h++)
            {
                for (var i = 0; i < probability.Length; i++)
                    next[i + 2 * size * h] += heads[h] * probability[i];
            }
            (probability, reach) = (next, reach + size * count);
        }
        var p = probability.Where((_, i) => Math.Abs(i - reach) >= observed).Sum();
        return Math.Min(1, p);
    }

    /// <summary>C(n, h) / 2^n for each number of heads h among n fair coins.</summary>
    static double[] FairCoins(int coins)
    {
        var heads = new double[coins + 1];
        var logTerm = -coins * Math.Log(2);
        for (var h = 0; h <= coins; h++)
        {
            heads[h] = Math.Exp(logTerm);
            // log C(n, h + 1) from its predecessor: C(n, h + 1) = C(n, h) (n - h) / (h + 1).
            logTerm += Math.Log((double)(coins - h) / (h + 1));
        }
        return heads;
    }
}
