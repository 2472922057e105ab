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

    /// <summary>The number, where it does not depend on how many images there are.</summary>
    /// <exception cref="GraphException">It does.</exception>
    public long Number => IsBatch
        ? throw new GraphException($"It depends on the number of images: a size is {this}.")
        : Factor;

    /// <summary>a + b.</summary>
    public static Dimension operator +(Dimension a, Dimension b) => a.IsBatch == b.IsBatch
        ? new Dimension(checked(a.Factor + b.Factor), a.IsBatch)
        : a.Number + b.Number;

    /// <summary>a - b.</summary>
    public static Dimension operator -(Dimension a, Dimension b) => checked(a.Number - b.Number);

    /// <summary>a b.</summary>
    public static Dimension operator *(Dimension a, Dimension b) => a.IsBatch && b.IsBatch
        ? a.Number
        : new Dimension(checked(a.Factor * b.Factor), a.IsBatch || b.IsBatch);

    /// <summary>a / b, a whole number.</summary>
    public static Dimension operator /(Dimension a, Dimension b)
    {
        var divisor = a.IsBatch && b.IsBatch ? b.Factor : b.Number;
        if (divisor == 0 || (a.IsBatch && a.Factor % divisor != 0))
            throw new GraphException($"The size {a} cannot be divided by {b}.");
        return new(a.Factor / divisor, a.IsBatch && !b.IsBatch);
    }

    /// <summary>The size in a batch of so many images.</summary>
    public long At(long images) => IsBatch ? checked(Factor * images) : Factor;

    /// <summary>N, 4N or 4.</summary>
    public override string ToString() =>
        !IsBatch ? Factor.ToString(CultureInfo.InvariantCulture)
        : Factor == 1 ? "N" : string.Create(CultureInfo.InvariantCulture, $"{Factor}N");
}
