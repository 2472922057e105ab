using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads the properties of one ensemble that are its components.</summary>
/// <param name="ensemble">The ensemble.</param>
/// <param name="known">The types that declarations are made of.</param>
/// <param name="names">Names of the ensemble's members that are free.</param>
/// <param name="cancellation">Stops the reading.</param>
sealed class ComponentParser(INamedTypeSymbol ensemble, KnownTypes known, NameScope names, CancellationToken cancellation)
{
    readonly NameScope parameters = new(new HashSet<string>(), []);

    /// <summary>Whether the property says that it is a component.</summary>
    public bool IsComponent(IPropertySymbol property) => Declared(property).Any();

    /// <summary>The component; null where the property is not well-formed.</summary>
    public ComponentModel? Parse(IPropertySymbol property)
    {
        if (Modifiers(property) is not { } modifiers
            || property.Type is not INamedTypeSymbol { TypeKind: TypeKind.Class, NullableAnnotation: not NullableAnnotation.Annotated } type
            || Role(property, type) is not { } role)
            return null;

        return new ComponentModel
        {
            Name = property.Name,
            Modifiers = modifiers,
            Defense = known.Defense(type).In(ensemble),
            Role = role,
            Field = names.ClaimCamelCase(property.Name),
            Parameter = parameters.ClaimCamelCase(property.Name),
            Variant = names.Claim($"Without{property.Name}"),
        };
    }

    IEnumerable<AttributeData> Declared(IPropertySymbol property) =>
        property.AttributesOf(known.Member).Concat(property.AttributesOf(known.Gate));

    RoleModel? Role(IPropertySymbol property, INamedTypeSymbol type)
    {
        if (Declared(property).ToList() is not [var attribute])
            return null;

        var isMember = SymbolEqualityComparer.Default.Equals(attribute.AttributeClass, known.Member);
        if (isMember && type.DerivesFrom(known.Classifier))
        {
            return attribute.Argument("Weight", otherwise: 1.0) is { } weight and > 0 and < double.PositiveInfinity
                ? new MemberModel(weight)
                : null;
        }

        if (!isMember && type.DerivesFrom(known.Detector))
        {
            return attribute.Argument("FalsePositiveRate", otherwise: 0.05) is { } rate and > 0 and < 1
                ? new GateModel(rate, names.ClaimCamelCase($"{property.Name}Threshold"))
                : null;
        }

        return null;
    }

    /// <summary>The property's modifiers; null unless it is "partial T Name { get; }" and its body is still to be written.</summary>
    string? Modifiers(IPropertySymbol property)
    {
        // Syntax, since the oldest compiler this runs in has no symbols for partial properties.
        var declarations = ensemble.DeclaringSyntaxReferences
            .Select(part => part.GetSyntax(cancellation))
            .OfType<TypeDeclarationSyntax>()
            .SelectMany(part => part.Members)
            .OfType<PropertyDeclarationSyntax>()
            .Where(declaration => declaration.Identifier.ValueText == property.Name)
            .ToList();

        if (declarations is not
            [
                {
                    ExplicitInterfaceSpecifier: null,
                    ExpressionBody: null,
                    Initializer: null,
                    AccessorList.Accessors: [{ RawKind: (int)SyntaxKind.GetAccessorDeclaration, Body: null, ExpressionBody: null, Modifiers.Count: 0 }],
                    Modifiers: var modifiers,
                }
            ]
            || property.RefKind != RefKind.None
            || !SyntaxFacts.IsValidIdentifier(property.Name)
            || !modifiers.Any(SyntaxKind.PartialKeyword)
            || !modifiers.All(CanBeRepeated))
            return null;

        return string.Join(" ", modifiers.Where(m => !m.IsKind(SyntaxKind.PartialKeyword)).Select(m => m.Text).Append("partial"));
    }

    static bool CanBeRepeated(SyntaxToken modifier) => modifier.Kind() is
        SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.PrivateKeyword
        or SyntaxKind.VirtualKeyword or SyntaxKind.PartialKeyword;
}
