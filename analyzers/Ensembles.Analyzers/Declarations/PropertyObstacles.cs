using Ensembles.Analyzers.Reading;
using Ensembles.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Declarations;

/// <summary>What keeps a component's property from getting a body. It is to be <c>partial T Name { get; }</c>.</summary>
static class PropertyObstacles
{
    public static IEnumerable<Obstacle> Of(Component component, CancellationToken cancellation)
    {
        var property = component.Property;
        if (property.Type is { TypeKind: TypeKind.Class, NullableAnnotation: NullableAnnotation.Annotated })
            yield return new(property.Place(), $"{Wording.Code(property.Name)} may be null");
        if (property.RefKind != RefKind.None)
            yield return new(property.Place(), $"{Wording.Code(property.Name)} returns a reference");

        // Syntax, since the oldest compiler this runs in has no symbols for partial properties.
        var declarations = property.ContainingType.DeclaringSyntaxReferences
            .Where(part => !IsStandIn(part.SyntaxTree))
            .Select(part => part.GetSyntax(cancellation))
            .OfType<TypeDeclarationSyntax>()
            .SelectMany(part => part.Members)
            .OfType<BasePropertyDeclarationSyntax>()
            .Where(declaration => IsOf(declaration, property))
            .ToList();
        if (declarations.Count > 1)
            yield return new(property.Place(), $"{Wording.Code(property.Name)} is declared twice");
        foreach (var reason in declarations.Take(1).SelectMany(Reasons))
            yield return new(property.Place(), $"{Wording.Code(property.Name)} {reason}");
    }

    // The generator gives properties of a declaration that it refuses bodies, lest the compiler stop before it comes to this.
    static bool IsStandIn(SyntaxTree tree) => tree.FilePath.EndsWith(EmittedNames.RefusedFile, StringComparison.Ordinal);

    static bool IsOf(BasePropertyDeclarationSyntax declaration, IPropertySymbol property) => declaration switch
    {
        PropertyDeclarationSyntax named => named.Identifier.ValueText == property.Name || named.Identifier.Span == property.Place()?.SourceSpan,
        IndexerDeclarationSyntax => property.IsIndexer,
        _ => false,
    };

    static IEnumerable<string> Reasons(BasePropertyDeclarationSyntax declaration)
    {
        if (declaration is not PropertyDeclarationSyntax property)
        {
            yield return "is an indexer";
            yield break;
        }

        if (!property.Modifiers.Any(SyntaxKind.PartialKeyword))
            yield return "is not partial";
        foreach (var modifier in property.Modifiers.Where(modifier => !CanBeRepeated(modifier)))
            yield return $"is {modifier.Text}";
        if (property.ExplicitInterfaceSpecifier is not null)
            yield return "implements an interface explicitly";
        if (property.Initializer is not null)
            yield return "has an initializer";

        if (property.ExpressionBody is not null || property.AccessorList?.Accessors.Any(accessor => accessor.Body is not null || accessor.ExpressionBody is not null) == true)
            yield return "has a body of its own";
        else if (property.AccessorList?.Accessors is not [{ RawKind: (int)SyntaxKind.GetAccessorDeclaration, Modifiers.Count: 0 }])
            yield return "has other accessors than get";
    }

    static bool CanBeRepeated(SyntaxToken modifier) => modifier.Kind() is
        SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.PrivateKeyword
        or SyntaxKind.VirtualKeyword or SyntaxKind.PartialKeyword;
}
