using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Ensembles.Fuzz.Mutations;

/// <summary>Attributes half typed, missing, elsewhere, or with other arguments.</summary>
static class AttributeMutations
{
    static readonly string[] values =
    [
        "0", "-1", "1", "2", "3.5", "1e308", "1e-60", "double.NaN", "double.PositiveInfinity", "float.Epsilon",
        "int.MaxValue", "null", "default", "\"text\"", "''",
        "typeof(int)", "nameof(Missing)", "new object[] { 1 }", "new int[0]", "(Category)99", "Category.Detection | "
        + "Category.Certification", "Missing", "1 / 0", "",
    ];

    static readonly string[] names = ["Quorum", "Weight", "FalsePositiveRate", "Missing", "TypeId"];

    /// <summary>The list ends at some character, bracket and all.</summary>
    public static Edit? HalfTyped(SyntaxNode root, Random random) =>
        random.Node<AttributeListSyntax>(root) is { Span.Length: > 1 } list
            ? new((TextSpan.FromBounds(list.SpanStart + random.Next(1, list.Span.Length), list.Span.End), ""))
            : null;

    public static Edit? Delete(SyntaxNode root, Random random) =>
        random.Node<AttributeListSyntax>(root) is { } list ? new((list.Span, "")) : null;

    public static Edit? Swap(SyntaxNode root, Random random) =>
        random.Node<AttributeSyntax>(root) is { } one && random.Node<AttributeSyntax>(root) is { } other
            ? Edit.Swap(one, other)
            : null;

    /// <summary>Another value, with or without a name.</summary>
    public static Edit? Argument(SyntaxNode root, Random random)
    {
        if (random.Node<AttributeSyntax>(root) is not { } attribute)
            return null;
        var value = random.Of(values)!;
        if (attribute.ArgumentList is { Arguments.Count: > 0 } list && random.Next(2) == 0)
            return new((random.Of(list.Arguments)!.Expression.Span, value));
        var argument = random.Next(4) == 0 ? value : $"{random.Of(names)} = {value}";
        return attribute.ArgumentList is { OpenParenToken: var open }
            ? Edit.Insert(open.Span.End, attribute.ArgumentList.Arguments.Count == 0 ? argument : argument + ", ")
            : Edit.Insert(attribute.Span.End, $"({argument})");
    }
}
