using System.Runtime.CompilerServices;

namespace Ensembles.Training;

/// <summary>What the constructors of networks demand alike.</summary>
static class NetworkArguments
{
    /// <exception cref="ArgumentOutOfRangeException">It is no probability below 1.</exception>
    public static void ThrowIfNoDropout(double dropout)
    {
        if (dropout is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(dropout), dropout, "A dropout probability lies in [0, 1).");
    }

    /// <exception cref="ArgumentOutOfRangeException">It is not positive and finite.</exception>
    public static void ThrowIfNoWidth(double width, [CallerArgumentExpression(nameof(width))] string? name = null)
    {
        if (width is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(name, width, "A factor of width is positive and finite.");
    }

    /// <summary>So many units, or channels, times the factor, at least one.</summary>
    public static int Times(this double width, int units) => Math.Max(1, (int)Math.Round(units * width));

    /// <exception cref="ArgumentException">Something else than batch normalisation is asked for.</exception>
    public static void ThrowIfNotBatch(string network, Normalization? normalization)
    {
        if (normalization is not (null or Normalization.Batch))
            throw new ArgumentException(
                $"{network} is built around batch normalisation and has no variant with {normalization}; "
                    + $"{nameof(ResNet18)} and {nameof(SmallCnn)} have.",
                nameof(normalization));
    }
}
