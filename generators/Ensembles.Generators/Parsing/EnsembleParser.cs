using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads the declaration of an ensemble.</summary>
static class EnsembleParser
{
    /// <summary>What the emitted class adds under fixed names.</summary>
    static readonly string[] emitted = ["Declaration", "Members", "Gates", "Surface", "forward", "LeaveOneOut", "CalibrateGates"];

    /// <summary>The ensemble; null where the declaration is not well-formed.</summary>
    public static EnsembleModel? Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        if (context.TargetSymbol is not INamedTypeSymbol type
            || context.Attributes is not [{ AttributeClass: { TypeArguments: [INamedTypeSymbol rule] } attributeClass } attribute]
            // Two attributes, on one part or on two, would write the same class twice.
            || type.AttributesOf(attributeClass.OriginalDefinition).Count() != 1
            || KnownTypes.Of(context.SemanticModel.Compilation) is not { } known
            || !CanBeEnsemble(type, known, cancellation)
            || PlaceParser.Parse(type, cancellation) is not { } place
            || !rule.ImplementsOpenly(known.VotingRule)
            || attribute.Argument("Quorum", otherwise: 1) is not { } quorum)
            return null;

        var names = new NameScope(known.Ensemble.SelfAndBases().Prepend(type).SelectMany(t => t.MemberNames)
            .Concat(type.TypeParameters.Select(parameter => parameter.Name))
            .Append(type.Name)
            // A keyword inside a property.
            .Append("field"));
        var properties = type.GetMembers().OfType<IPropertySymbol>().ToList();
        var parser = new ComponentParser(type, known, names, cancellation);
        properties.RemoveAll(property => !parser.IsComponent(property));
        var parsed = properties.ConvertAll(parser.Parse);
        var components = parsed.OfType<ComponentModel>().ToList();
        var members = components.Count(component => component.Member is not null);
        if (components.Count != parsed.Count || quorum < 1 || quorum > members || HasConstructor(type, properties))
            return null;

        var accessibility = ConstructorAccessibility(properties);
        return new EnsembleModel
        {
            Place = place,
            Name = type.Name,
            Type = type.DeclaredName(),
            RuleName = rule.Name,
            Rule = rule.FullName(),
            Quorum = quorum,
            Components = new(components.Select(component => IsNeeded(component, members) ? component with { Variant = null } : component)),
            ConstructorAccessibility = SyntaxFacts.GetText(accessibility),
            WeightsField = names.Claim("weights"),
            SurfaceClass = names.Claim("EnsembleSurface"),
            Registration = Registration(type, accessibility),
        };
    }

    // An ensemble without members is none.
    static bool IsNeeded(ComponentModel component, int members) => component.Member is not null && members == 1;

    static bool CanBeEnsemble(INamedTypeSymbol type, KnownTypes known, CancellationToken cancellation) =>
        type is { TypeKind: TypeKind.Class, IsRecord: false, IsStatic: false, IsAbstract: false, BaseType: { } @base }
        && (@base.SpecialType == SpecialType.System_Object || SymbolEqualityComparer.Default.Equals(@base, known.Ensemble))
        && !emitted.Contains(type.Name)
        && emitted.SelectMany(name => type.GetMembers(name)).All(member => member is IMethodSymbol)
        && type.DeclaringSyntaxReferences.All(part => part.GetSyntax(cancellation) is TypeDeclarationSyntax { ParameterList: null });

    static bool HasConstructor(INamedTypeSymbol type, List<IPropertySymbol> properties) => type.InstanceConstructors.Any(constructor =>
        !constructor.IsImplicitlyDeclared
        && constructor.Parameters.Select(parameter => parameter.Type).SequenceEqual(properties.Select(property => property.Type), SymbolEqualityComparer.Default));

    // A constructor may not be wider than its parameters' types, and a property never is.
    static Accessibility ConstructorAccessibility(List<IPropertySymbol> properties) =>
        properties.All(property => property.Type.IsVisibleEverywhere())
            ? Accessibility.Public
            : properties.Min(property => property.DeclaredAccessibility);

    static RegistrationModel? Registration(INamedTypeSymbol type, Accessibility constructor)
    {
        var nesting = type.Containers().Prepend(type).Reverse().ToList();
        if (!type.IsVisibleInAssembly()
            || constructor is not (Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal)
            || nesting.Any(t => t.IsGenericType))
            return null;

        return new RegistrationModel(
            Accessibility: constructor == Accessibility.Public && type.IsVisibleEverywhere() ? "public" : "internal",
            Class: $"{string.Join("_", nesting.Select(t => t.Name))}ServiceCollectionExtensions",
            Ensemble: type.FullName());
    }
}
