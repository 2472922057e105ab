using System.Runtime.CompilerServices;
using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// Reads components in types that are no ensembles. Hardly any project has one, and yet each type of each file may. So
/// a file is searched once, down to its types and no further; a syntax provider would visit every node of it.
/// </summary>
sealed class StrayReader
{
    readonly ConditionalWeakTable<SyntaxTree, IReadOnlyList<TypeDeclarationSyntax>> suspects = new();

    /// <summary>The properties that need a body, type by type.</summary>
    public IEnumerable<RefusedModel> Read(Compilation compilation, CancellationToken cancellation)
    {
        foreach (var tree in compilation.SyntaxTrees)
        {
            foreach (var part in suspects.GetValue(tree, tree => Suspects(tree, cancellation)))
            {
                if (Parse(part, compilation, cancellation) is { } stray)
                    yield return stray;
            }
        }
    }

    static RefusedModel? Parse(TypeDeclarationSyntax part, Compilation compilation, CancellationToken cancellation)
    {
        var model = compilation.GetSemanticModel(part.SyntaxTree);
        if (model.GetDeclaredSymbol(part, cancellation) is not INamedTypeSymbol type
            || KnownTypes.Of(compilation) is not { } known
            || StrayComponents.Of(type, known, model, cancellation) is not { } stray
            // Once for all parts of the type.
            || stray.Written.Parts.First(IsSuspect) != part)
            return null;
        return RefusedParser.Parse(type, stray.Written, stray.Components, known);
    }

    static IReadOnlyList<TypeDeclarationSyntax> Suspects(SyntaxTree tree, CancellationToken cancellation) =>
        tree.GetRoot(cancellation) is CompilationUnitSyntax file
            ? [.. file.Members.SelectMany(TypesIn).Where(IsSuspect)]
            : [];

    static bool IsSuspect(TypeDeclarationSyntax part) =>
        StrayComponents.MayBeIn(part) && !StrayComponents.IsWrittenAsEnsemble(part);

    static IEnumerable<TypeDeclarationSyntax> TypesIn(MemberDeclarationSyntax member) => member switch
    {
        BaseNamespaceDeclarationSyntax @namespace => @namespace.Members.SelectMany(TypesIn),
        TypeDeclarationSyntax type => type.Members.SelectMany(TypesIn).Prepend(type),
        _ => [],
    };
}
