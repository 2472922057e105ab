using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// Reads the declaration of an ablation suite. Its ensemble is declared here or in a referenced assembly.
/// </summary>
static class SuiteParser
{
    /// <summary>The suite; null where the declaration is not well-formed, or where there is no xunit.</summary>
    public static SuiteModel? Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        if (context.TargetSymbol is not INamedTypeSymbol type
            || KnownTypes.Of(context.SemanticModel.Compilation) is not { } known
            || SuiteDeclaration.Of(type, known) is not { } suite
            || suite.Faults.Any())
            return null;

        var stated = new HashSet<string>(
            type.AttributesOf(suite.Suites.MayAddNothingAttribute).Select(NameIn).OfType<string>());
        var members = suite.Components.Count(suite.IsMember);
        return new SuiteModel
        {
            Place = PlaceParser.Parse(type),
            Type = type.DeclaredName(),
            Ensemble = suite.Ensemble!.FullName(),
            WholeMayAddNothing = stated.Contains(suite.Ensemble!.Name),
            Components = new(suite.Components.Select(component => new SuiteComponentModel(
                component.Name,
                IsGate: suite.IsGate(component),
                CanBeLeftOut: suite.IsGate(component) || members > 1,
                MayAddNothing: stated.Contains(component.Name)))),
        };
    }

    static string? NameIn(AttributeData mayAddNothing) =>
        mayAddNothing.ConstructorArguments.FirstOrDefault() is { Kind: TypedConstantKind.Primitive, Value: string name }
            ? name
            : null;
}
