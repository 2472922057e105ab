using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads which properties of a refused declaration still need a body.</summary>
static class RefusedParser
{
    /// <summary>
    /// The class with the properties that need a body; null where there are none, or where no other part of the class
    /// can be written.
    /// </summary>
    public static RefusedModel? Parse(EnsembleDeclaration ensemble)
    {
        var type = ensemble.Type;
        if (type is not { TypeKind: TypeKind.Class, IsStatic: false }
            // Both parts would be written here.
            || ensemble.Attributes.Count != 1
            || TypeFaults.OfNesting(type).Any())
            return null;

        List<RefusedProperty> waiting = [];
        List<string> silenced = [];
        foreach (var component in ensemble.Components)
        {
            if (component is { Syntax: PropertyDeclarationSyntax property, Type: INamedTypeSymbol { } named }
                && named.TypeKind != TypeKind.Error
                && !named.IsOfOneFile()
                && !ComponentFaults.OfProperty(component, ensemble).Any())
            {
                waiting.Add(new(ComponentParser.Modifiers(property), named.FullName(), component.Name));
                silenced.AddRange(Markings.IdsOf(named, ensemble.Known.Compilation.Assembly));
            }
        }

        var kind = type.IsRecord ? "record" : "class";
        return waiting.Count == 0
            ? null
            : new(PlaceParser.Parse(type), $"{kind} {type.DeclaredName()}", new(waiting), new(silenced.Distinct()));
    }
}
