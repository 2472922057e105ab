using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Ensembles.Fuzz.Mutations;

/// <summary>Replacements in a text, none of which overlaps another.</summary>
sealed class Edit(params (TextSpan Place, string Text)[] replacements)
{
    /// <summary>The text after the edit.</summary>
    public string Of(string text)
    {
        foreach (var (place, replacement) in replacements.OrderByDescending(r => r.Place.Start))
            text = string.Concat(text.AsSpan(0, place.Start), replacement, text.AsSpan(place.End));
        return text;
    }

    public static Edit Insert(int place, string text) => new((new TextSpan(place, 0), text));

    /// <summary>Exchanges two nodes; null where one holds the other.</summary>
    public static Edit? Swap(SyntaxNode one, SyntaxNode other) =>
        one.Span.OverlapsWith(other.Span) ? null : new((one.Span, other.ToString()), (other.Span, one.ToString()));
}
