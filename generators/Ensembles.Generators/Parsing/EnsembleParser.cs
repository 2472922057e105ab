using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads the declaration of an ensemble.</summary>
static class EnsembleParser
{
    // Inside a property it stands for the field that the compiler makes.
    const string FieldKeyword = "field";

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
            || !known.IsRule(rule)
            || attribute.Argument("Quorum", otherwise: 1) is not { } quorum)
            return null;

        var names = new NameScope(known.InheritedNames, [.. type.MemberNames, .. type.TypeParameters.Select(t => t.Name), type.Name, FieldKeyword]);
        var parser = new ComponentParser(type, known, names, cancellation);
        var properties = type.GetMembers().OfType<IPropertySymbol>().Where(parser.IsComponent).ToList();
        // TorchSharp looks fields up by name, so no component may be called like something inherited.
        if (properties.Any(property => known.InheritedNames.Contains(property.Name)) || HasConstructor(type, properties))
            return null;

        var components = properties.Select(parser.Parse).OfType<ComponentModel>().ToList();
        var members = components.Select(component => component.Member).OfType<MemberModel>().ToList();
        if (components.Count < properties.Count || quorum < 1 || quorum > members.Count || !HaveShares(members))
            return null;

        var constructor = RegistrationParser.Constructor(properties);
        return new EnsembleModel
        {
            Place = place,
            Name = type.Name,
            Type = type.DeclaredName(),
            RuleName = rule.Name,
            Rule = rule.FullName(),
            Quorum = quorum,
            Components = new(members.Count == 1 ? components.Select(WithoutVariantOfMember) : components),
            ConstructorAccessibility = SyntaxFacts.GetText(constructor),
            WeightsField = names.Claim("weights"),
            LineupMethod = names.Claim("Lineup"),
            Registration = RegistrationParser.Parse(type, constructor),
        };
    }

    // A share that is 0 to float32 would make an ensemble of such members divide by 0.
    static bool HaveShares(List<MemberModel> members) => members.All(member => member.Share(members.Sum(m => m.Weight)) > 0);

    // Without its only member an ensemble is none.
    static ComponentModel WithoutVariantOfMember(ComponentModel component) => component.Member is null ? component : component with { Variant = null };

    static bool CanBeEnsemble(INamedTypeSymbol type, KnownTypes known, CancellationToken cancellation) =>
        type is { TypeKind: TypeKind.Class, IsRecord: false, IsStatic: false, IsAbstract: false, BaseType: { } @base }
        && (@base.SpecialType == SpecialType.System_Object || SymbolEqualityComparer.Default.Equals(@base, known.Ensemble))
        && !EmittedNames.All.Contains(type.Name)
        && EmittedNames.All.SelectMany(name => type.GetMembers(name)).All(member => member is IMethodSymbol)
        && type.DeclaringSyntaxReferences.All(part => part.GetSyntax(cancellation) is TypeDeclarationSyntax { ParameterList: null });

    static bool HasConstructor(INamedTypeSymbol type, List<IPropertySymbol> components) => type.InstanceConstructors.Any(constructor =>
        !constructor.IsImplicitlyDeclared
        && constructor.Parameters.Select(parameter => parameter.Type).SequenceEqual(components.Select(component => component.Type), SymbolEqualityComparer.Default));
}
