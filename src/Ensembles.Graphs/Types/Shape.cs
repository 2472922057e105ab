using System.Collections;

namespace Ensembles.Graphs;

/// <summary>The sizes of a tensor, at most one of them a multiple of N.</summary>
public sealed class Shape : IReadOnlyList<Dimension>, IEquatable<Shape>
{
    /// <summary>The most dimensions that a value has, which is more than any operation here asks for.</summary>
    const int MostDimensions = 16;

    readonly Dimension[] sizes;

    /// <summary>A shape of these sizes.</summary>
    /// <exception cref="GraphException">
    /// A negative size, more than 16 of them, two multiples of N, or more elements than can be counted.
    /// </exception>
    public Shape(params IEnumerable<Dimension> sizes)
    {
        this.sizes = [.. sizes.Take(MostDimensions + 1)];
        if (this.sizes.Length > MostDimensions)
            throw new GraphException($"A shape has at most {MostDimensions} dimensions.");
        if (this.sizes.Any(size => size.Factor < 0))
            throw new GraphException($"The shape {this} has a negative size.");
        if (this.sizes.Count(size => size.IsBatch) > 1)
            throw new GraphException($"The shape {this} has the batch in two dimensions.");
        try
        {
            // Where one size is 0 torch still multiplies the others, for the strides.
            _ = this.sizes.Aggregate(1L, (product, size) => checked(product * Math.Max(size.Factor, 1)));
        }
        catch (OverflowException)
        {
            throw new GraphException($"The shape {this} has too many elements.");
        }
    }

    /// <summary>The shape of a tensor.</summary>
    public static Shape Of(ReadOnlySpan<long> sizes) => new(sizes.ToArray().Select(size => new Dimension(size)));

    /// <summary>How many dimensions.</summary>
    public int Count => sizes.Length;

    /// <summary>The size of a dimension.</summary>
    public Dimension this[int dimension] => sizes[dimension];

    /// <summary>The number of elements; for each image where a size is a multiple of N.</summary>
    public long Elements => sizes.Aggregate(1L, (product, size) => product * size.Factor);

    /// <summary>All elements as one dimension.</summary>
    public Dimension Flat => new(Elements, HasBatch);

    /// <summary>Whether a size is a multiple of N.</summary>
    public bool HasBatch => sizes.Any(size => size.IsBatch);

    /// <summary>The dimension that a number from -rank to rank - 1 names.</summary>
    /// <exception cref="GraphException">There is no such dimension.</exception>
    public int Axis(long axis) => axis >= -Count && axis < Count
        ? (int)(axis < 0 ? axis + Count : axis)
        : throw new GraphException($"The shape {this} has no dimension {axis}.");

    /// <summary>The shape with another size in one dimension.</summary>
    public Shape With(int dimension, Dimension size) =>
        new(sizes.Select((own, i) => i == dimension ? size : own));

    /// <summary>The sizes in a batch of so many images.</summary>
    public long[] At(long images) => [.. sizes.Select(size => size.At(images))];

    /// <summary>What two shapes broadcast to, as in NumPy.</summary>
    /// <exception cref="GraphException">They do not fit.</exception>
    public static Shape Broadcast(Shape a, Shape b)
    {
        var rank = Math.Max(a.Count, b.Count);
        return new(Enumerable.Range(0, rank).Select(i =>
        {
            var (left, right) = (From(a, i), From(b, i));
            return left == right || right == 1 ? left
                : left == 1 ? right
                : throw new GraphException($"The shapes {a} and {b} do not broadcast.");
        }));

        Dimension From(Shape shape, int i)
        {
            var own = i - (rank - shape.Count);
            return own < 0 ? 1 : shape[own];
        }
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && sizes.AsSpan().SequenceEqual(other.sizes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode() => sizes.Aggregate(sizes.Length, HashCode.Combine);

    /// <inheritdoc/>
    public IEnumerator<Dimension> GetEnumerator() => ((IEnumerable<Dimension>)sizes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>[N, 3, 32, 32].</summary>
    public override string ToString() => $"[{string.Join(", ", sizes)}]";
}
