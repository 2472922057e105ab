namespace Ensembles.Graphs;

/// <summary>Changes of shape, under torch's names and with torch's meaning.</summary>
public sealed partial record Term
{
    /// <summary>Its sizes.</summary>
    public Shape shape => Shape;

    /// <summary>How many dimensions it has.</summary>
    public long dim() => Shape.Count;

    /// <summary>The size of a dimension.</summary>
    public Dimension size(int dim) => Shape[Shape.Axis(dim)];

    /// <summary>The number of its elements.</summary>
    public Dimension numel() => Shape.Flat;

    /// <summary>The same elements in another shape.</summary>
    public Term view(params IReadOnlyList<Dimension> shape) => reshape(shape);

    /// <summary>The same elements in another shape; -1 once for what is left.</summary>
    public Term reshape(params IReadOnlyList<Dimension> shape)
    {
        // An operation has no N: it takes a size from the same place of its input, or what is left.
        var sizes = shape.Select((size, i) =>
            !size.IsBatch ? size.Factor
            : i < Shape.Count && Shape[i] == size ? 0
            : -1).ToArray();
        var reshaped = Of(new Reshape(sizes));
        return shape.Zip(reshaped.Shape).All(pair => pair.First == pair.Second || pair.First == -1)
            ? reshaped
            : throw new GraphException($"The shape {Shape} cannot become [{string.Join(", ", shape)}].");
    }

    /// <summary>Several dimensions as one.</summary>
    public Term flatten(long start_dim = 0, long end_dim = -1)
    {
        var (start, end) = (Shape.Axis(start_dim), Shape.Axis(end_dim));
        if (start == 1 && end == Shape.Count - 1)
            return Of(new Flatten());
        var flat = new Shape(Shape.Skip(start).Take(end - start + 1)).Flat;
        return reshape([.. Shape.Take(start), flat, .. Shape.Skip(end + 1)]);
    }

    /// <summary>One dimension as several.</summary>
    public Term unflatten(long dim, params IReadOnlyList<Dimension> sizes)
    {
        var at = Shape.Axis(dim);
        return reshape([.. Shape.Take(at), .. sizes, .. Shape.Skip(at + 1)]);
    }

    /// <summary>Without a dimension of size 1; the same where it is larger.</summary>
    public Term squeeze(long dim) => Shape[Shape.Axis(dim)] == 1 ? Of(new Squeeze([Shape.Axis(dim)])) : this;

    /// <summary>With one more dimension of size 1.</summary>
    public Term unsqueeze(long dim) => Of(new Unsqueeze([dim]));

    /// <summary>The dimensions in another order.</summary>
    public Term permute(params long[] permutation) =>
        Of(new Transpose([.. permutation.Select(axis => (long)Shape.Axis(axis))]));

    /// <summary>Two dimensions exchanged.</summary>
    public Term transpose(long dim0, long dim1)
    {
        var order = Enumerable.Range(0, Shape.Count).Select(i => (long)i).ToArray();
        var (first, second) = (Shape.Axis(dim0), Shape.Axis(dim1));
        (order[first], order[second]) = (second, first);
        return Of(new Transpose(order));
    }

    /// <inheritdoc cref="transpose"/>
    public Term swapaxes(long dim0, long dim1) => transpose(dim0, dim1);

    /// <summary>The matrix with rows and columns exchanged.</summary>
    public Term t() => Shape.Count == 2 ? transpose(0, 1) : throw new GraphException($"{Shape} is no matrix.");

    /// <summary>Dimensions of size 1 repeated; -1 for one that stays.</summary>
    public Term expand(params IReadOnlyList<Dimension> sizes)
    {
        // A size of 1 leaves a dimension as it is, also that of the batch.
        var added = sizes.Count - Shape.Count;
        return Of(new Expand([.. sizes.Select((size, i) =>
            i >= added && (size == -1 || size == Shape[i - added]) ? 1 : size)]));
    }

    /// <summary>Values one behind the other.</summary>
    public static Term cat(IEnumerable<Term> tensors, long dim = 0)
    {
        var all = tensors.ToArray();
        return all.Length == 0
            ? throw new GraphException("There is nothing to put together.")
            : all[0].Of(new Concat(dim), all.AsSpan(1));
    }

    /// <inheritdoc cref="cat"/>
    public static Term concat(IEnumerable<Term> tensors, long dim = 0) => cat(tensors, dim);

    /// <summary>Values in a new dimension.</summary>
    public static Term stack(IEnumerable<Term> tensors, long dim = 0) =>
        cat(tensors.Select(term => term.unsqueeze(dim)), dim);

    /// <summary>As many parts of equal size, the last one smaller where it does not come out even.</summary>
    public Term[] chunk(long chunks, long dim = 0)
    {
        var size = Shape[Shape.Axis(dim)].Number;
        return chunks < 1 ? throw new GraphException($"{chunks} parts.") : split((size + chunks - 1) / chunks, dim);
    }

    /// <summary>Parts of one size, the last one smaller where it does not come out even.</summary>
    public Term[] split(long size, long dim = 0)
    {
        var whole = Shape[Shape.Axis(dim)].Number;
        if (size < 1)
            throw new GraphException($"Parts of size {size}.");
        return split([.. Enumerable.Range(0, (int)((whole + size - 1) / size))
            .Select(i => Math.Min(size, whole - (i * size)))], dim);
    }

    /// <summary>Parts of these sizes.</summary>
    public Term[] split(long[] sizes, long dim = 0) =>
        [.. Graph.Add("", new Split(dim, sizes), [Value], []).Select(part => this with { Value = part })];

    /// <summary>Some elements of a dimension.</summary>
    public Term narrow(long dim, long start, long length) => Of(new Slice(dim, start, start + length));

    /// <summary>Every so many elements of a dimension.</summary>
    public Term slice(long dim, long start, long finish, long step) => Of(new Slice(dim, start, finish, step));

    /// <summary>What lies at places of the first dimensions, as torch's index gives it.</summary>
    public Term this[params ReadOnlySpan<Place> places] => Place.Of(this, places);

    /// <summary>One element of a dimension, which goes.</summary>
    public Term select(long dim, long index)
    {
        var at = Shape.Axis(dim);
        var size = Shape[at].Number;
        var place = index < 0 ? index + size : index;
        return place < 0 || place >= size
            ? throw new GraphException($"The dimension {dim} of {Shape} has no element {index}.")
            : Of(new Slice(at, place, place + 1)).Of(new Squeeze([at]));
    }
}
