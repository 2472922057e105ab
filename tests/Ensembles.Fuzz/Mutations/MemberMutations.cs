using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Fuzz.Mutations;

/// <summary>Whole declarations, types included, that are missing, doubled or out of place.</summary>
static class MemberMutations
{
    public static Edit? Delete(SyntaxNode root, Random random) =>
        random.Node<MemberDeclarationSyntax>(root) is { } member ? new((member.Span, "")) : null;

    public static Edit? Duplicate(SyntaxNode root, Random random) =>
        random.Node<MemberDeclarationSyntax>(root) is { } member ? Edit.Insert(member.Span.End, $"\n\n{member}") : null;

    public static Edit? Swap(SyntaxNode root, Random random) =>
        random.Node<MemberDeclarationSyntax>(root) is { } one && random.Node<MemberDeclarationSyntax>(root) is { } other
            ? Edit.Swap(one, other)
            : null;

    /// <summary>A copy as the first member of some type, the type itself included.</summary>
    public static Edit? Move(SyntaxNode root, Random random) =>
        random.Node<MemberDeclarationSyntax>(root) is { } member
            && random.Node<TypeDeclarationSyntax>(root) is { OpenBraceToken.Span.Length: > 0 } type
            ? Edit.Insert(type.OpenBraceToken.Span.End, $"\n{member}\n")
            : null;
}
