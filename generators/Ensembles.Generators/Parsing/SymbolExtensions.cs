using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>Questions to symbols.</summary>
static class SymbolExtensions
{
    static readonly SymbolDisplayFormat everywhere =
        SymbolDisplayFormat.FullyQualifiedFormat.AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    static readonly SymbolDisplayFormat inside = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameOnly,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    /// <summary>The name that is right everywhere: "global::Demo.FiveStrengths".</summary>
    public static string FullName(this ITypeSymbol type) => type.ToDisplayString(everywhere);

    /// <summary>The name where the type is declared: "FiveStrengths", or "Pair&lt;T&gt;".</summary>
    public static string DeclaredName(this INamedTypeSymbol type) => type.ToDisplayString(inside);

    /// <summary>The types around a type, innermost first.</summary>
    public static IEnumerable<INamedTypeSymbol> Containers(this ISymbol symbol)
    {
        for (var container = symbol.ContainingType; container is not null; container = container.ContainingType)
            yield return container;
    }

    /// <summary>The type and its base types.</summary>
    public static IEnumerable<INamedTypeSymbol> SelfAndBases(this INamedTypeSymbol type)
    {
        for (var current = type; current is not null; current = current.BaseType)
            yield return current;
    }

    public static bool DerivesFrom(this INamedTypeSymbol type, INamedTypeSymbol ancestor) =>
        type.SelfAndBases().Contains(ancestor, SymbolEqualityComparer.Default);

    public static bool Implements(this INamedTypeSymbol type, INamedTypeSymbol contract) =>
        type.AllInterfaces.Contains(contract, SymbolEqualityComparer.Default);

    /// <summary>Whether "Type.Member" reaches what the type gives for every static member of the interface: not so for explicit implementations.</summary>
    public static bool ImplementsOpenly(this INamedTypeSymbol type, INamedTypeSymbol contract) =>
        type.TypeKind is TypeKind.Class or TypeKind.Struct
        && type.Implements(contract)
        && contract.GetMembers().Where(member => member.IsStatic && member.IsAbstract).All(member =>
            // Not by ExplicitInterfaceImplementations: metadata lists every static implementation there.
            type.FindImplementationForInterfaceMember(member) is { DeclaredAccessibility: Accessibility.Public } implementation
            && implementation.Name == member.Name);

    /// <summary>The attributes of one class, also of a generic one.</summary>
    public static IEnumerable<AttributeData> AttributesOf(this ISymbol symbol, INamedTypeSymbol attribute) =>
        symbol.GetAttributes().Where(data => SymbolEqualityComparer.Default.Equals(data.AttributeClass?.OriginalDefinition, attribute));

    /// <summary>A named argument of an attribute; <paramref name="otherwise"/> where it is not written, null where it is not a <typeparamref name="T"/>.</summary>
    public static T? Argument<T>(this AttributeData attribute, string name, T otherwise) where T : struct
    {
        foreach (var argument in attribute.NamedArguments)
        {
            if (argument.Key == name)
                return argument.Value is { Kind: TypedConstantKind.Primitive, Value: T value } ? value : null;
        }

        return otherwise;
    }

    /// <summary>Whether every assembly that sees the type's assembly sees the type.</summary>
    public static bool IsVisibleEverywhere(this ITypeSymbol type) =>
        type is INamedTypeSymbol named
        && named.Containers().Prepend(named).All(t => t.DeclaredAccessibility == Accessibility.Public)
        && named.Containers().Prepend(named).SelectMany(t => t.TypeArguments).All(t => t is ITypeParameterSymbol || t.IsVisibleEverywhere());

    /// <summary>Whether all of the type's own assembly sees the type.</summary>
    public static bool IsVisibleInAssembly(this INamedTypeSymbol type) =>
        type.Containers().Prepend(type).All(t => t.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal);
}
