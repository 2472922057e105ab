using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads ensembles, well-formed or not.</summary>
static class EnsembleReader
{
    /// <summary>A reader that reads again only what may have changed.</summary>
    public static DeclarationReader<DeclaredModel> Make() => new(Parse, Unwritten);

    /// <summary>The name that its registration would have.</summary>
    static IEnumerable<string> Unwritten(BaseTypeDeclarationSyntax type) =>
        [$"{type.Identifier.ValueText}{RegistrationParser.ClassEnd}"];

    static DeclaredModel Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var compilation = context.SemanticModel.Compilation;
        if (context.TargetSymbol is not INamedTypeSymbol type
            || context.Attributes[0].AttributeClass?.ContainingAssembly is not { } library
            || KnownTypes.Of(compilation, library) is not { } known)
            return new(null, null);

        var ensemble = new EnsembleDeclaration(type, known, context.SemanticModel, cancellation);
        return ensemble.Faults.Any()
            ? new(null, RefusedParser.Parse(ensemble))
            : new(EnsembleParser.Parse(ensemble), null);
    }
}
