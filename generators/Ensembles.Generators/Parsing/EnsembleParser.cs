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
            || KnownTypes.Of(context.SemanticModel.Compilation, attributeClass.ContainingAssembly) is not { } known
            || !CanBeEnsemble(type, known)
            || PlaceParser.Parse(type, cancellation) is not { } place
            || !known.IsRule(rule)
            || attribute.Argument("Quorum", otherwise: 1) is not { } quorum)
            return null;

        var written = new WrittenClass(type, known, context.SemanticModel, cancellation);
        var names = new NameScope(known.InheritedNames, [.. type.MemberNames, .. type.TypeParameters.Select(t => t.Name), type.Name, FieldKeyword]);
        var parser = new ComponentParser(type, written, known, names);
        var components = new List<ComponentModel>();
        foreach (var property in written.Members.OfType<BasePropertyDeclarationSyntax>())
        {
            if (parser.Declared(property).Count == 0)
                continue;
            if (parser.Parse(property) is not { } component)
                return null;
            components.Add(component);
        }

        var members = components.Select(component => component.Member).OfType<MemberModel>().ToList();
        if (quorum < 1 || quorum > members.Count || !HaveShares(members) || HasConstructor(type, written, parser) || written.Parts.Any(part => part.ParameterList is not null))
            return null;

        var constructor = RegistrationParser.Constructor(parser.Read);
        return new EnsembleModel
        {
            Place = place,
            Name = type.Name,
            Type = type.DeclaredName(),
            RuleName = rule.Name,
            Rule = known.FullName(rule),
            Quorum = quorum,
            Components = new(members.Count == 1 ? components.Select(WithoutVariantOfMember) : components),
            ConstructorAccessibility = SyntaxFacts.GetText(constructor),
            WeightsField = names.Claim("weights"),
            LineupMethod = names.Claim("Lineup"),
            Registration = RegistrationParser.Parse(type, constructor),
        };
    }

    // A share that is 0 to float32 would make an ensemble of such members divide by 0.
    static bool HaveShares(List<MemberModel> members)
    {
        var sum = members.Sum(member => member.Weight);
        return members.All(member => member.Share(sum) > 0);
    }

    // Without its only member an ensemble is none.
    static ComponentModel WithoutVariantOfMember(ComponentModel component) => component.Member is null ? component : component with { Variant = null };

    static bool CanBeEnsemble(INamedTypeSymbol type, KnownTypes known) =>
        type is { TypeKind: TypeKind.Class, IsRecord: false, IsStatic: false, IsAbstract: false, BaseType: { } @base }
        && (@base.SpecialType == SpecialType.System_Object || SymbolEqualityComparer.Default.Equals(@base, known.Ensemble))
        && !EmittedNames.All.Contains(type.Name)
        // Methods may share a name with one that is emitted.
        && EmittedNames.All.Intersect(type.MemberNames).SelectMany(name => type.GetMembers(name)).All(member => member is IMethodSymbol);

    static bool HasConstructor(INamedTypeSymbol type, WrittenClass written, ComponentParser components) =>
        written.Members.Any(member => member is ConstructorDeclarationSyntax)
        && type.InstanceConstructors.Any(constructor =>
            constructor.Parameters.Select(parameter => parameter.Type).SequenceEqual(components.Read.Select(component => component.Type), SymbolEqualityComparer.Default));
}
