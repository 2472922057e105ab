using Ensembles.Analyzers.Reading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Declarations;

/// <summary>What keeps a class, an ensemble or a suite, from getting another part.</summary>
static class TypeObstacles
{
    /// <summary>The obstacles.</summary>
    /// <param name="type">The class.</param>
    /// <param name="base">The base class that its generated part has.</param>
    /// <param name="cancellation">Stops the search.</param>
    public static IEnumerable<Obstacle> Of(INamedTypeSymbol type, INamedTypeSymbol @base, CancellationToken cancellation)
    {
        if (type is { IsRecord: true, TypeKind: TypeKind.Class })
            yield return new(type.Place(), "it is a record");
        if (type.IsStatic)
            yield return new(type.Place(), "it is static");
        else if (type.IsAbstract)
            yield return new(type.Place(), "it is abstract");

        if (type.BaseType is { SpecialType: not SpecialType.System_Object, TypeKind: not TypeKind.Error } other
            && !SymbolEqualityComparer.Default.Equals(other, @base))
            yield return new(type.Place(), $"it derives from {Wording.Code(other)} instead of {Wording.Code(@base)}");

        foreach (var part in type.Containers().Prepend(type))
        {
            if (part.IsFileLocal)
                yield return new(part.Place(), $"{Name(part, type)} is visible in its file alone");
            foreach (var declaration in part.DeclaringSyntaxReferences.Select(p => p.GetSyntax(cancellation)).OfType<TypeDeclarationSyntax>())
            {
                if (!declaration.Modifiers.Any(SyntaxKind.PartialKeyword))
                    yield return new(declaration.Identifier.GetLocation(), $"{Name(part, type)} is not partial");
            }
        }
    }

    static string Name(INamedTypeSymbol part, INamedTypeSymbol type) =>
        SymbolEqualityComparer.Default.Equals(part, type) ? "it" : $"{Wording.Code(part)}, which it is nested in,";
}
