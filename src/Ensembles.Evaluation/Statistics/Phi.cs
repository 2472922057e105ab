namespace Ensembles.Evaluation;

/// <summary>The correlation of two yes-or-no figures of the same images.</summary>
static class Phi
{
    /// <summary>
    /// phi = (n11 n00 - n10 n01) / sqrt(n1. n0. n.1 n.0), with Fisher's interval tanh(atanh(phi) +- z / sqrt(N - 3));
    /// null where one of the two is the same on all images, and a correlation has no meaning.
    /// </summary>
    public static Estimate? Of(IReadOnlyList<bool> first, IReadOnlyList<bool> second)
    {
        double n = first.Count;
        double a = first.Count(flag => flag), b = second.Count(flag => flag);
        double both = first.Zip(second).Count(flags => flags.First && flags.Second);
        var variance = a * (n - a) * b * (n - b);
        if (variance == 0)
            return null;
        var phi = Math.Clamp(((n * both) - (a * b)) / Math.Sqrt(variance), -1, 1);
        if (n <= 3 || Math.Abs(phi) == 1)
            return new Estimate(phi);
        var (centre, half) = (Math.Atanh(phi), Rate.Z / Math.Sqrt(n - 3));
        return new Estimate(phi, Math.Tanh(centre - half), Math.Tanh(centre + half));
    }
}
