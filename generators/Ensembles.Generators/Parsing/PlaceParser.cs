using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads where a class is declared that another part can be written of.</summary>
static class PlaceParser
{
    public static Place Parse(INamedTypeSymbol type)
    {
        var @namespace = type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString(
            SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(
                SymbolDisplayGlobalNamespaceStyle.Omitted));
        return new Place(@namespace, new(type.Containers().Reverse().Select(Reopened)), type.HintName());
    }

    /// <summary>A type as it is opened again: "partial class Outer".</summary>
    public static string Reopened(INamedTypeSymbol type) => (type.TypeKind, type.IsRecord) switch
    {
        (TypeKind.Struct, true) => $"partial record struct {type.DeclaredName()}",
        (TypeKind.Struct, false) => $"partial struct {type.DeclaredName()}",
        (TypeKind.Interface, _) => $"partial interface {type.DeclaredName()}",
        (_, true) => $"partial record {type.DeclaredName()}",
        _ => $"partial class {type.DeclaredName()}",
    };
}
