using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Reading;

/// <summary>Questions to symbols.</summary>
public static class SymbolExtensions
{
    /// <summary>The attributes of one class, also of a generic one.</summary>
    public static IEnumerable<AttributeData> AttributesOf(this ISymbol symbol, INamedTypeSymbol attribute) =>
        symbol.GetAttributes().Where(data => SymbolEqualityComparer.Default.Equals(data.AttributeClass?.OriginalDefinition, attribute));

    /// <summary>The type and its base types.</summary>
    public static IEnumerable<INamedTypeSymbol> SelfAndBases(this INamedTypeSymbol type)
    {
        for (var current = type; current is not null; current = current.BaseType)
            yield return current;
    }

    public static bool DerivesFrom(this INamedTypeSymbol type, INamedTypeSymbol ancestor) =>
        type.SelfAndBases().Any(t => SymbolEqualityComparer.Default.Equals(t.OriginalDefinition, ancestor));

    /// <summary>Whether the type implements one of the library's interfaces, by the interface's name.</summary>
    public static bool Declares(this INamedTypeSymbol type, string contract) =>
        type.AllInterfaces.Any(i => i.Name == contract && i.ContainingNamespace is { Name: "Ensembles", ContainingNamespace.IsGlobalNamespace: true });

    /// <summary>The types around a type, innermost first.</summary>
    public static IEnumerable<INamedTypeSymbol> Containers(this ISymbol symbol)
    {
        for (var container = symbol.ContainingType; container is not null; container = container.ContainingType)
            yield return container;
    }

    /// <summary>Where the symbol is written: the first place in this compilation.</summary>
    public static Location? Place(this ISymbol symbol) => symbol.Locations.FirstOrDefault(location => location.IsInSource);

    /// <summary>Where the attribute is written.</summary>
    public static Location? Place(this AttributeData attribute) =>
        attribute.ApplicationSyntaxReference is { } reference ? reference.SyntaxTree.GetLocation(reference.Span) : null;

    /// <summary>A named argument that is a number; null where it is not written or is none.</summary>
    public static double? Number(this AttributeData attribute, string name)
    {
        foreach (var argument in attribute.NamedArguments)
        {
            if (argument.Key == name)
                return argument.Value is { Kind: TypedConstantKind.Primitive, Value: double or int } constant ? Convert.ToDouble(constant.Value) : null;
        }

        return null;
    }
}
