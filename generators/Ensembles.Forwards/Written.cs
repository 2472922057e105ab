namespace Ensembles.Forwards;

/// <summary>What a written expression gives.</summary>
enum Kind
{
    /// <summary>What it gave before: a number, a module.</summary>
    Plain,

    /// <summary>A term, where it gave a tensor.</summary>
    Term,

    /// <summary>A size, maybe a multiple of N, where it gave a whole number.</summary>
    Size,

    /// <summary>All sizes of a term.</summary>
    Shape,

    /// <summary>Something with terms in it, where it had tensors.</summary>
    Other,
}

/// <summary>An expression for terms.</summary>
/// <param name="Text">Its code.</param>
/// <param name="Kind">What it gives.</param>
readonly record struct Written(string Text, Kind Kind);
