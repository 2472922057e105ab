using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads the declaration of an ablation suite. Its ensemble is declared here or in a referenced assembly.</summary>
static class SuiteParser
{
    /// <summary>The suite; null where the declaration is not well-formed, or where there is no xunit.</summary>
    public static SuiteModel? Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var compilation = context.SemanticModel.Compilation;
        if (context.TargetSymbol is not INamedTypeSymbol type
            || context.Attributes is not [{ AttributeClass: { TypeArguments: [INamedTypeSymbol { TypeKind: TypeKind.Class } ensemble] } attribute }]
            || type.AttributesOf(attribute.OriginalDefinition).Count() != 1
            || KnownTypes.Of(compilation) is not { } known
            || compilation.GetTypeByMetadataName(MetadataNames.AblationTests) is not { } tests
            || compilation.GetTypeByMetadataName(MetadataNames.MayAddNothingAttribute) is not { } mayAddNothing
            || compilation.GetTypeByMetadataName(MetadataNames.Fact) is null
            || !CanBeSuite(type, tests.Construct(ensemble))
            || PlaceParser.Parse(type, cancellation) is not { } place)
            return null;

        var stated = new HashSet<string>(type.AttributesOf(mayAddNothing).Select(Component).OfType<string>());
        var components = Components(ensemble, known, stated).ToList();
        return components.Count == 0 ? null : new SuiteModel
        {
            Place = place,
            Type = type.DeclaredName(),
            Ensemble = ensemble.FullName(),
            WholeMayAddNothing = stated.Contains(ensemble.Name),
            Components = new(components),
        };
    }

    static bool CanBeSuite(INamedTypeSymbol type, INamedTypeSymbol tests) =>
        type is { TypeKind: TypeKind.Class, IsRecord: false, IsStatic: false, IsAbstract: false, BaseType: { } @base }
        && (@base.SpecialType == SpecialType.System_Object || SymbolEqualityComparer.Default.Equals(@base, tests));

    static string? Component(AttributeData mayAddNothing) => mayAddNothing.ConstructorArguments.FirstOrDefault() is { Kind: TypedConstantKind.Primitive, Value: string name } ? name : null;

    static IEnumerable<SuiteComponentModel> Components(INamedTypeSymbol ensemble, KnownTypes known, HashSet<string> mayAddNothing)
    {
        var properties = ensemble.GetMembers().OfType<IPropertySymbol>().ToList();
        var members = properties.Where(property => property.AttributesOf(known.Member).Any()).ToList();
        foreach (var property in properties)
        {
            var isGate = property.AttributesOf(known.Gate).Any();
            if (isGate || members.Contains(property))
                yield return new(property.Name, isGate, CanBeLeftOut: isGate || members.Count > 1, mayAddNothing.Contains(property.Name));
        }
    }
}
