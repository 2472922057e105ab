namespace Ensembles.Graphs;

/// <summary>
/// A number for rows and one for columns, as torch takes sizes and strides: also one number for both.
/// </summary>
/// <param name="Rows">Of rows.</param>
/// <param name="Columns">Of columns.</param>
public readonly record struct Pair(long Rows, long Columns)
{
    /// <summary>One number for both.</summary>
    public static implicit operator Pair(long both) => new(both, both);

    /// <summary>Two numbers.</summary>
    public static implicit operator Pair((long Rows, long Columns) pair) => new(pair.Rows, pair.Columns);

    /// <summary>One number or two.</summary>
    /// <exception cref="GraphException">There are none, or more.</exception>
    public static implicit operator Pair(long[] numbers) => numbers.Length is 1 or 2
        ? new(numbers[0], numbers[^1])
        : throw new GraphException($"[{string.Join(", ", numbers)}] is for rows and columns.");

    /// <summary>As windows take it.</summary>
    internal (long Down, long Right) AsSteps => (Rows, Columns);

    /// <summary>The same on opposite sides.</summary>
    internal Padding AsPadding => new(Rows, Columns, Rows, Columns);
}
