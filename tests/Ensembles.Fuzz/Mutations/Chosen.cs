using Microsoft.CodeAnalysis;

namespace Ensembles.Fuzz.Mutations;

/// <summary>Random choices; the default value where there is nothing to choose from.</summary>
static class Chosen
{
    /// <summary>A node of a kind.</summary>
    public static T? Node<T>(this Random random, SyntaxNode root, Func<T, bool>? where = null) where T : SyntaxNode =>
        random.Of([.. root.DescendantNodes().OfType<T>().Where(where ?? (_ => true))]);

    public static SyntaxToken Token(this Random random, SyntaxNode root) =>
        random.Of([.. root.DescendantTokens().Where(token => token.Span.Length > 0)]);

    public static T? Of<T>(this Random random, IReadOnlyList<T> items) =>
        items.Count == 0 ? default : items[random.Next(items.Count)];
}
