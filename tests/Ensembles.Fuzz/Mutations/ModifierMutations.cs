using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Ensembles.Fuzz.Mutations;

/// <summary>Modifiers missing or wrong.</summary>
static class ModifierMutations
{
    static readonly string[] modifiers =
    [
        "public", "private", "protected", "internal", "private protected", "file", "static", "abstract", "sealed",
        "virtual", "override", "new", "partial",
        "readonly", "ref", "required", "unsafe", "async", "extern", "const", "volatile",
    ];

    /// <summary>One "partial" less, or none left.</summary>
    public static Edit? DropPartial(SyntaxNode root, Random random)
    {
        var partials = root.DescendantTokens().Where(token => token.IsKind(SyntaxKind.PartialKeyword)).ToList();
        if (partials.Count == 0)
            return null;
        return random.Next(3) == 0
            ? new([.. partials.Select(token => (token.Span, ""))])
            : new((random.Of(partials).Span, ""));
    }

    /// <summary>A modifier before those of a declaration, or in place of one of them.</summary>
    public static Edit? Another(SyntaxNode root, Random random)
    {
        if (
            random.Node<MemberDeclarationSyntax>(
                root, member => member is not BaseNamespaceDeclarationSyntax) is not { } member)
            return null;
        var modifier = random.Of(modifiers)!;
        if (member.Modifiers.Count > 0 && random.Next(2) == 0)
            return new((random.Of(member.Modifiers).Span, modifier));
        var first = member.AttributeLists.Count > 0
            ? member.AttributeLists.Last().GetLastToken().GetNextToken()
            : member.GetFirstToken();
        return new((new TextSpan(first.SpanStart, 0), modifier + " "));
    }
}
