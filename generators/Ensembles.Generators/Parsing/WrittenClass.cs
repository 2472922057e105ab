using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// A class as it is written. Its members are read from syntax and only what they name is bound: the compiler makes symbols of all members at once, and binds all
/// arguments of an attribute, which after every edit takes several times as long as all that a declaration needs.
/// </summary>
sealed class WrittenClass(INamedTypeSymbol type, SemanticModel model, CancellationToken cancellation)
{
    readonly Dictionary<(SyntaxTree File, string Name), INamedTypeSymbol?> attributes = [];

    /// <summary>Its parts.</summary>
    public IReadOnlyList<TypeDeclarationSyntax> Parts { get; } =
        [.. type.DeclaringSyntaxReferences.Select(part => part.GetSyntax(cancellation)).OfType<TypeDeclarationSyntax>()];

    /// <summary>The members of all parts.</summary>
    public IEnumerable<MemberDeclarationSyntax> Members => Parts.SelectMany(part => part.Members);

    /// <summary>The type that a type's syntax in the class means.</summary>
    public ITypeSymbol? Bind(TypeSyntax syntax) => ModelOf(syntax).GetTypeInfo(syntax, cancellation).Type;

    /// <summary>The value of an expression in the class as a double, where it is a constant that becomes one by itself.</summary>
    public double? Number(ExpressionSyntax expression)
    {
        var value = expression is LiteralExpressionSyntax literal ? literal.Token.Value : ModelOf(expression).GetConstantValue(expression, cancellation).Value;
        return value switch
        {
            double number => number,
            float number => number,
            int number => number,
            long number => number,
            uint number => number,
            ulong number => number,
            short number => number,
            ushort number => number,
            byte number => number,
            sbyte number => number,
            char number => number,
            _ => null,
        };
    }

    /// <summary>The class of an attribute on one of the members.</summary>
    public INamedTypeSymbol? ClassOf(AttributeSyntax attribute)
    {
        if (attribute.Name is not IdentifierNameSyntax { Identifier: { ValueText: var name } identifier } || identifier.Text != name)
            return Bound(attribute);

        if (!attributes.TryGetValue((attribute.SyntaxTree, name), out var type))
            attributes[(attribute.SyntaxTree, name)] = type = LookUp(attribute, name);
        return type;
    }

    // An attribute may leave out the end of its class's name. A name with two meanings, or that of an alias, is the compiler's business.
    INamedTypeSymbol? LookUp(AttributeSyntax attribute, string name)
    {
        var inFull = ModelOf(attribute).LookupNamespacesAndTypes(attribute.SpanStart, container: null, $"{name}Attribute");
        var asWritten = ModelOf(attribute).LookupNamespacesAndTypes(attribute.SpanStart, container: null, name);
        return (inFull.Length, asWritten.Length) switch
        {
            (1, 0) when inFull[0] is INamedTypeSymbol { Arity: 0 } type => type,
            (0, 1) when asWritten[0] is INamedTypeSymbol { Arity: 0 } type => type,
            _ => Bound(attribute),
        };
    }

    INamedTypeSymbol? Bound(AttributeSyntax attribute) => ModelOf(attribute).GetTypeInfo(attribute, cancellation).Type as INamedTypeSymbol;

    SemanticModel ModelOf(SyntaxNode node) => node.SyntaxTree == model.SyntaxTree ? model : model.Compilation.GetSemanticModel(node.SyntaxTree);
}
