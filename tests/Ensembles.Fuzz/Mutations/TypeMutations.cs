using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Ensembles.Fuzz.Mutations;

/// <summary>Types where others belong, and types that derive from themselves.</summary>
static class TypeMutations
{
    static readonly string[] types =
    [
        "Classifier", "Detector", "InputTransform", "Ensemble", "MeanLogit", "MajorityVote", "Quorum", "IVotingRule",
        "IStrength", "AdversarialRejection", "CertifiedRadius",
        "MemberAttribute", "EnsembleAttribute<MeanLogit>", "Module<Tensor, Tensor>", "Module", "object", "string",
        "int", "int?", "dynamic", "void", "int[]", "int*", "(int, int)",
        "List<>", "List<int, int>", "System.Span<int>", "delegate*<int, void>", "System.Enum", "Missing",
        "Missing<int>", "global::Missing.Type", "T", "var", "",
    ];

    /// <summary>Type arguments too many, too few, or of another kind.</summary>
    public static Edit? WrongGenerics(SyntaxNode root, Random random)
    {
        if (random.Node<TypeArgumentListSyntax>(root) is not { } list)
            return null;
        var type = Type(root, random);
        return random.Next(5) switch
        {
            0 => new((list.Span, "")),
            1 => new((list.Span, "<>")),
            2 => Edit.Insert(list.GreaterThanToken.SpanStart, $", {type}"),
            3 => Edit.Insert(list.Span.End, $"<{type}>"),
            _ => new((list.Span, $"<{type}>")),
        };
    }

    /// <summary>A circle of one or two types, or of a type and one inside it.</summary>
    public static Edit? CyclicInheritance(SyntaxNode root, Random random)
    {
        if (random.Node<TypeDeclarationSyntax>(root) is not { } one
            || random.Node<TypeDeclarationSyntax>(root) is not { } other)
            return null;
        return random.Next(4) switch
        {
            0 => new(Derive(one, Name(one))),
            1 => new(Derive(one, $"Wrapper<{Name(one)}>.Inner")),
            2 when one.OpenBraceToken.Span.Length > 0 && one.BaseList is null =>
                new(
                    Derive(one, $"{Name(one)}.Inner"),
                    (new(one.OpenBraceToken.Span.End, 0), $" public class Inner : {Name(one)}; ")),
            _ when one != other => new(Derive(one, Name(other)), Derive(other, Name(one))),
            _ => null,
        };
    }

    /// <summary>A type in any place where one stands.</summary>
    public static Edit? AnotherType(SyntaxNode root, Random random) =>
        random.Node<TypeSyntax>(
            root, type => type.Parent is not (UsingDirectiveSyntax or BaseNamespaceDeclarationSyntax)) is { } type
            ? new((type.Span, Type(root, random)))
            : null;

    static string Type(SyntaxNode root, Random random) =>
        random.Next(2) == 0 && random.Node<BaseTypeDeclarationSyntax>(root) is { } own
            ? own.Identifier.Text
            : random.Of(types)!;

    static string Name(TypeDeclarationSyntax type) =>
        type.TypeParameterList is { Parameters.Count: > 0 } parameters
            ? $"{type.Identifier.Text}<{string.Join(", ", parameters.Parameters.Select(p => p.Identifier.Text))}>"
            : type.Identifier.Text;

    // In place of the base class it has, where it has one.
    static (TextSpan Place, string Text) Derive(TypeDeclarationSyntax type, string @base)
    {
        if (type.BaseList is { Types: [var first, ..] })
            return (first.Span, @base);
        var head = type.ParameterList?.Span.End ?? type.TypeParameterList?.Span.End ?? type.Identifier.Span.End;
        return (new(head, 0), $" : {@base}");
    }
}
