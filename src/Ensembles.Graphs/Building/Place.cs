namespace Ensembles.Graphs;

/// <summary>What an index of a tensor says of one dimension, under the names of torch's <c>TensorIndex</c>.</summary>
public readonly record struct Place
{
    enum Kind
    {
        One,
        Some,
        Rest,
        New,
    }

    readonly Kind kind;
    readonly long? start;
    readonly long? stop;
    readonly long step;

    Place(Kind kind, long? start = null, long? stop = null, long step = 1) =>
        (this.kind, this.start, this.stop, this.step) = (kind, start, stop, step);

    /// <summary>All of a dimension.</summary>
    public static Place Colon => new(Kind.Some);

    /// <summary>All of as many dimensions as are left.</summary>
    public static Place Ellipsis => new(Kind.Rest);

    /// <summary>A new dimension of size 1.</summary>
    public static Place None => new(Kind.New);

    /// <inheritdoc cref="None"/>
    public static Place Null => None;

    /// <summary>Every so many elements from a first one to before another; negative ones count from behind.</summary>
    public static Place Slice(long? start = null, long? stop = null, long? step = null) =>
        new(Kind.Some, start, stop, step ?? 1);

    /// <inheritdoc cref="Slice(long?, long?, long?)"/>
    public static Place Slice(Range range) => range;

    /// <summary>One element of a dimension, which goes.</summary>
    public static Place Single(long index) => index;

    /// <inheritdoc cref="Single"/>
    public static implicit operator Place(long index) => new(Kind.One, index);

    /// <inheritdoc cref="Single"/>
    public static implicit operator Place(Index index) => new(Kind.One, From(index));

    /// <summary>The elements of a range.</summary>
    public static implicit operator Place(Range range) => new(
        Kind.Some, From(range.Start), range.End is { IsFromEnd: true, Value: 0 } ? null : From(range.End));

    /// <summary>What an index gives of a term.</summary>
    internal static Term Of(Term term, ReadOnlySpan<Place> places)
    {
        var (named, dimension) = (0, 0);
        foreach (var place in places)
            named += place.kind is Kind.One or Kind.Some ? 1 : 0;
        if (named > term.Shape.Count)
            throw new GraphException($"{named} indices of a tensor of the shape {term.Shape}.");
        var rest = term.Shape.Count - named;
        foreach (var place in places)
        {
            term = place.kind switch
            {
                Kind.One => term.select(dimension, place.start!.Value),
                Kind.New => term.unsqueeze(dimension),
                Kind.Some when place is not { start: null or 0, stop: null, step: 1 } => term.slice(
                    dimension, place.start ?? 0, place.stop ?? long.MaxValue, Positive(place.step)),
                _ => term,
            };
            dimension += place.kind switch { Kind.One => 0, Kind.Rest => rest, _ => 1 };
        }

        return term;
    }

    static long Positive(long step) => step > 0 ? step : throw new GraphException($"A slice by steps of {step}.");

    static long From(Index index) => index.IsFromEnd ? -index.Value : index.Value;
}
