using System.Globalization;

namespace Ensembles.Graphs;

/// <summary>
/// One size of a shape: a number, or a multiple of N, the number of images in a batch, which a graph leaves open.
/// </summary>
/// <param name="Factor">The number, or how many times N.</param>
/// <param name="IsBatch">Whether it is a multiple of N.</param>
public readonly record struct Dimension(long Factor, bool IsBatch = false)
{
    /// <summary>N.</summary>
    public static Dimension Batch => new(1, IsBatch: true);

    /// <summary>A size that is a number.</summary>
    /// <param name="size">The number.</param>
    public static implicit operator Dimension(long size) => new(size);

    /// <summary>The size in a batch of so many images.</summary>
    public long At(long images) => IsBatch ? checked(Factor * images) : Factor;

    /// <summary>N, 4N or 4.</summary>
    public override string ToString() =>
        !IsBatch ? Factor.ToString(CultureInfo.InvariantCulture)
        : Factor == 1 ? "N" : string.Create(CultureInfo.InvariantCulture, $"{Factor}N");
}
