using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// Reads which properties still need a body in a type that gets no code, be it refused or no ensemble at all.
/// </summary>
static class RefusedParser
{
    /// <summary>
    /// A refused ensemble's properties that need a body; null where there are none, or where no other part of the
    /// class can be written.
    /// </summary>
    // Of a class with two attributes both parts would be written here.
    public static RefusedModel? Parse(EnsembleDeclaration ensemble) => ensemble.Attributes.Count == 1
        ? Parse(ensemble.Type, ensemble.Written, ensemble.Own, ensemble.Known)
        : null;

    /// <summary>The same of any type with components.</summary>
    public static RefusedModel? Parse(
        INamedTypeSymbol type, WrittenClass written, IEnumerable<Component> components, KnownTypes known)
    {
        if (type.IsStatic || TypeFaults.OfNesting(type).Any())
            return null;

        List<RefusedProperty> waiting = [];
        List<string> silenced = [];
        foreach (var component in components)
        {
            if (component is { Syntax: PropertyDeclarationSyntax property, Type: INamedTypeSymbol { } named }
                && named.TypeKind != TypeKind.Error
                && !named.IsOfOneFile()
                && !ComponentFaults.OfProperty(component, type, written).Any())
            {
                waiting.Add(new(ComponentParser.Modifiers(property), named.FullName(), component.Name));
                silenced.AddRange(Markings.IdsOf(named, known.Compilation.Assembly));
            }
        }

        return waiting.Count == 0
            ? null
            : new(PlaceParser.Parse(type), PlaceParser.Reopened(type), new(waiting), new(silenced.Distinct()));
    }
}
