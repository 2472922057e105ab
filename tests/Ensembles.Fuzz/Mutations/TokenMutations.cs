using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Ensembles.Fuzz.Mutations;

/// <summary>Slips of the hand at any place.</summary>
static class TokenMutations
{
    public static Edit? Delete(SyntaxNode root, Random random) =>
        At(random.Token(root), token => new((token.Span, "")));

    public static Edit? Duplicate(SyntaxNode root, Random random) =>
        At(random.Token(root), token => Edit.Insert(token.SpanStart, token.Text + " "));

    public static Edit? Replace(SyntaxNode root, Random random) =>
        At(random.Token(root), token => new((token.Span, random.Token(root).Text)));

    public static Edit? Swap(SyntaxNode root, Random random)
    {
        var other = random.Token(root);
        return At(
            random.Token(root),
            token => token == other ? null : new((token.Span, other.Text), (other.Span, token.Text)));
    }

    /// <summary>Everything from a token on is not typed yet.</summary>
    public static Edit? Cut(SyntaxNode root, Random random) =>
        // Rarely: what is left of an early cut says little.
        random.Next(3) > 0
            ? null
            : At(random.Token(root), token => new((TextSpan.FromBounds(token.SpanStart, root.FullSpan.End), "")));

    static Edit? At(SyntaxToken token, Func<SyntaxToken, Edit?> edit) =>
        token.IsKind(SyntaxKind.None) ? null : edit(token);
}
