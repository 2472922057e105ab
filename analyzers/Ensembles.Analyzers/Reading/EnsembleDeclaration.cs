using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Reading;

/// <summary>A class with <c>[Ensemble]</c>, as it is written: well-formed or not.</summary>
public sealed class EnsembleDeclaration
{
    EnsembleDeclaration(INamedTypeSymbol type, AttributeData attribute, KnownTypes known)
    {
        Type = type;
        Attribute = attribute;
        Known = known;
        Rule = attribute.AttributeClass?.TypeArguments.FirstOrDefault() as INamedTypeSymbol;
        Components = [.. type.GetMembers().OfType<IPropertySymbol>().Select(property => Component.Of(property, known)).OfType<Component>()];
    }

    public INamedTypeSymbol Type { get; }

    public string Name => Type.Name;

    /// <summary>The <c>[Ensemble]</c> attribute.</summary>
    public AttributeData Attribute { get; }

    public KnownTypes Known { get; }

    /// <summary>The voting rule; null where the type argument is missing or no class.</summary>
    public INamedTypeSymbol? Rule { get; }

    /// <summary>Members and gates, in order of declaration.</summary>
    public IReadOnlyList<Component> Components { get; }

    public IEnumerable<Component> Members => Components.Where(component => component.IsMember);

    public IEnumerable<Component> Gates => Components.Where(component => component.IsGate);

    /// <summary>Whether the generator has written the rest of the class.</summary>
    public bool IsGenerated => Type.GetMembers("Declaration").Any(member => member.GetAttributes().Any(attribute =>
        attribute is { AttributeClass.Name: "GeneratedCodeAttribute", ConstructorArguments: [{ Value: "Ensembles.Generators" }, ..] }));

    /// <summary>The class's name where its attribute stands: other parts of the class may lie in other files.</summary>
    public Location? Place => Attribute.ApplicationSyntaxReference?.GetSyntax().FirstAncestorOrSelf<BaseTypeDeclarationSyntax>()?.Identifier.GetLocation() ?? Type.Place();

    /// <summary>
    /// The names of the components of a category; none where something else protects too, if only as the second category
    /// of one of them. A class without <c>[Defense]</c>, or without a defense of its own, protects nothing; one of a
    /// category that is not known here may.
    /// </summary>
    public IReadOnlyList<string> ProtectedOnlyBy(Category category)
    {
        var protecting = Components.Where(component => component.Defense is { IsUndefended: false }).ToList();
        return protecting.All(component => component.Categories is [var only] && only == category) ? [.. protecting.Select(component => component.Name)] : [];
    }

    /// <summary>The declaration; null for a class without <c>[Ensemble]</c>.</summary>
    public static EnsembleDeclaration? Of(INamedTypeSymbol type, KnownTypes known) =>
        type.AttributesOf(known.EnsembleAttribute).FirstOrDefault() is { } attribute ? new EnsembleDeclaration(type, attribute, known) : null;
}
