using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>Finds where a class is declared, and whether another part of it can be written.</summary>
static class PlaceParser
{
    /// <summary>The class's place; null unless it and every type around it are partial and open to other files.</summary>
    public static Place? Parse(INamedTypeSymbol type, CancellationToken cancellation)
    {
        var nesting = type.Containers().Prepend(type).Reverse().ToList();
        if (!nesting.All(t => CanBeContinued(t, cancellation)))
            return null;

        var @namespace = type.ContainingNamespace.IsGlobalNamespace
            ? ""
            : type.ContainingNamespace.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat.WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted));
        return new Place(@namespace, new(nesting.Take(nesting.Count - 1).Select(Reopened)), HintNames.Of(type));
    }

    static bool CanBeContinued(INamedTypeSymbol type, CancellationToken cancellation) =>
        !type.IsFileLocal
        && SyntaxFacts.IsValidIdentifier(type.Name)
        && type.DeclaringSyntaxReferences.Length > 0
        && type.DeclaringSyntaxReferences.All(part =>
            part.GetSyntax(cancellation) is TypeDeclarationSyntax declaration && declaration.Modifiers.Any(SyntaxKind.PartialKeyword));

    static string Reopened(INamedTypeSymbol type) => (type.TypeKind, type.IsRecord) switch
    {
        (TypeKind.Struct, true) => $"partial record struct {type.DeclaredName()}",
        (TypeKind.Struct, false) => $"partial struct {type.DeclaredName()}",
        (TypeKind.Interface, _) => $"partial interface {type.DeclaredName()}",
        (_, true) => $"partial record {type.DeclaredName()}",
        _ => $"partial class {type.DeclaredName()}",
    };
}
