using System.Globalization;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>How generated code names a type, and who sees it.</summary>
static class TypeNames
{
    static readonly SymbolDisplayFormat everywhere = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    static readonly SymbolDisplayFormat inside = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameOnly,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    // File names take no "@".
    static readonly SymbolDisplayFormat unescaped =
        new(typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces);

    /// <summary>The name that is right everywhere: "global::Demo.FiveStrengths".</summary>
    public static string FullName(this ITypeSymbol type) => type.ToDisplayString(everywhere);

    /// <summary>The name where the type is declared: "FiveStrengths", or "Pair&lt;T&gt;".</summary>
    public static string DeclaredName(this INamedTypeSymbol type) => type.ToDisplayString(inside);

    /// <summary>The name for a file: "Demo.Outer+Inner`1".</summary>
    public static string HintName(this INamedTypeSymbol type)
    {
        if (type.ContainingType is { } container)
            return $"{container.HintName()}+{type.MetadataName}";
        return type.ContainingNamespace.IsGlobalNamespace
            ? type.MetadataName
            : $"{type.ContainingNamespace.ToDisplayString(unescaped)}.{type.MetadataName}";
    }

    /// <summary>Whether every assembly that sees the type's assembly sees the type.</summary>
    public static bool IsVisibleEverywhere(this ITypeSymbol type)
    {
        if (type is not INamedTypeSymbol named)
            return false;
        var nesting = named.Containers().Prepend(named).ToList();
        return nesting.All(t => t.DeclaredAccessibility == Accessibility.Public)
            && nesting.SelectMany(t => t.TypeArguments).All(t => t is ITypeParameterSymbol || t.IsVisibleEverywhere());
    }

    /// <summary>Whether all of the type's own assembly sees the type.</summary>
    public static bool IsVisibleInAssembly(this INamedTypeSymbol type) => type.Containers().Prepend(type).All(t =>
        t.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal);

    /// <summary>Eight hexadecimal digits for a name.</summary>
    // FNV-1a, since string.GetHashCode differs from run to run.
    public static string Hash(string name) => name
        .Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619u))
        .ToString("x8", CultureInfo.InvariantCulture);
}
