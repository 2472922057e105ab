using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads what a declaration that is not well-formed leaves for the compiler to stumble over.</summary>
static class RefusedParser
{
    /// <summary>The class with its components that wait for a body; null where there is none, or no other part of it can be written.</summary>
    public static RefusedModel? Parse(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        if (context.TargetSymbol is not INamedTypeSymbol { TypeKind: TypeKind.Class, IsStatic: false } type
            || context.Attributes is not [{ AttributeClass: { } attribute }]
            || type.AttributesOf(attribute.OriginalDefinition).Count() != 1
            || KnownTypes.Of(context.SemanticModel.Compilation, attribute.ContainingAssembly) is not { } known
            || PlaceParser.Parse(type, cancellation) is not { } place)
            return null;

        var written = new WrittenClass(type, known, context.SemanticModel, cancellation);
        var components = new ComponentParser(type, written, known, new NameScope(known.InheritedNames, []));
        List<RefusedProperty> waiting = [];
        foreach (var property in written.Members.OfType<PropertyDeclarationSyntax>())
        {
            if (components.Declared(property).Count > 0
                && components.Modifiers(property) is { } modifiers
                && written.Bind(property.Type) is INamedTypeSymbol { TypeKind: not TypeKind.Error } component)
                waiting.Add(new(modifiers, component.FullName(), property.Identifier.ValueText));
        }

        return waiting.Count == 0 ? null : new RefusedModel(place, type.IsRecord ? $"record {type.DeclaredName()}" : $"class {type.DeclaredName()}", new(waiting));
    }
}
