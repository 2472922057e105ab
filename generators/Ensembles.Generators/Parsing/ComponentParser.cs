using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>Reads the properties of one ensemble that are its components.</summary>
/// <param name="ensemble">The ensemble.</param>
/// <param name="written">The ensemble as it is written.</param>
/// <param name="known">The types that declarations are made of.</param>
/// <param name="names">Names of the ensemble's members that are free.</param>
sealed class ComponentParser(INamedTypeSymbol ensemble, WrittenClass written, KnownTypes known, NameScope names)
{
    readonly NameScope parameters = new(new HashSet<string>(), []);

    /// <summary>The components' types and accessibilities, of those read so far.</summary>
    public List<(INamedTypeSymbol Type, Accessibility Accessibility)> Read { get; } = [];

    /// <summary>The component's attributes: one, where it is well-formed. None, where the property is no component.</summary>
    public IReadOnlyList<AttributeSyntax> Declared(BasePropertyDeclarationSyntax property)
    {
        if (property.AttributeLists.Count == 0)
            return [];
        List<AttributeSyntax> declared = [];
        foreach (var list in property.AttributeLists)
        {
            if (list.Target is null || list.Target.Identifier.IsKind(SyntaxKind.PropertyKeyword))
                declared.AddRange(list.Attributes.Where(attribute => IsMember(attribute) || IsGate(attribute)));
        }

        return declared;
    }

    bool IsMember(AttributeSyntax attribute) => SymbolEqualityComparer.Default.Equals(written.ClassOf(attribute), known.Member);

    bool IsGate(AttributeSyntax attribute) => SymbolEqualityComparer.Default.Equals(written.ClassOf(attribute), known.Gate);

    /// <summary>The component; null where the property is not well-formed.</summary>
    public ComponentModel? Parse(BasePropertyDeclarationSyntax declaration)
    {
        // TorchSharp looks fields up by name, so no component may be called like something inherited.
        if (declaration is not PropertyDeclarationSyntax { Identifier.ValueText: var name } property
            || known.InheritedNames.Contains(name)
            || Modifiers(property) is not { } modifiers
            || written.Bind(property.Type) is not INamedTypeSymbol { TypeKind: TypeKind.Class } type
            || Role(property, type) is not { } role)
            return null;

        Read.Add((type, AccessibilityOf(property)));
        return new ComponentModel
        {
            Name = name,
            Modifiers = modifiers,
            Defense = known.Defense(type).In(ensemble),
            Role = role,
            Field = names.ClaimCamelCase(name),
            Parameter = parameters.ClaimCamelCase(name),
            Variant = names.Claim($"Without{name}"),
        };
    }

    RoleModel? Role(PropertyDeclarationSyntax property, INamedTypeSymbol type)
    {
        if (Declared(property) is not [var attribute])
            return null;

        var defense = known.Defense(type);
        if (IsMember(attribute) && defense.IsClassifier)
        {
            return Argument(attribute, "Weight", otherwise: 1) is { } weight and > 0 and < double.PositiveInfinity
                ? new MemberModel(weight)
                : null;
        }

        if (IsGate(attribute) && defense.IsDetector)
        {
            return Argument(attribute, "FalsePositiveRate", otherwise: 0.05) is { } rate and > 0 and < 1
                ? new GateModel(rate, names.ClaimCamelCase($"{property.Identifier.ValueText}Threshold"))
                : null;
        }

        return null;
    }

    double? Argument(AttributeSyntax attribute, string name, double otherwise)
    {
        if (attribute.ArgumentList is null)
            return otherwise;
        var argument = attribute.ArgumentList.Arguments.FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.ValueText == name);
        return argument is null ? otherwise : written.Number(argument.Expression);
    }

    /// <summary>The property's modifiers; null unless it is "partial T Name { get; }" and its body is still to be written.</summary>
    public string? Modifiers(PropertyDeclarationSyntax property)
    {
        if (property is not
            {
                ExplicitInterfaceSpecifier: null,
                ExpressionBody: null,
                Initializer: null,
                Type: not (RefTypeSyntax or NullableTypeSyntax),
                AccessorList.Accessors: [{ RawKind: (int)SyntaxKind.GetAccessorDeclaration, Body: null, ExpressionBody: null, Modifiers.Count: 0 }],
                Identifier.ValueText: var name,
                Modifiers: var modifiers,
            }
            || !SyntaxFacts.IsValidIdentifier(name)
            || !modifiers.Any(SyntaxKind.PartialKeyword)
            || !modifiers.All(CanBeRepeated)
            || written.Members.OfType<PropertyDeclarationSyntax>().Count(other => other.Identifier.ValueText == name) > 1)
            return null;

        if (modifiers is [{ RawKind: (int)SyntaxKind.PublicKeyword }, _])
            return "public partial";
        return string.Join(" ", modifiers.Where(m => !m.IsKind(SyntaxKind.PartialKeyword)).Select(m => m.Text).Append("partial"));
    }

    static bool CanBeRepeated(SyntaxToken modifier) => modifier.Kind() is
        SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword or SyntaxKind.ProtectedKeyword or SyntaxKind.PrivateKeyword
        or SyntaxKind.VirtualKeyword or SyntaxKind.PartialKeyword;

    static Accessibility AccessibilityOf(PropertyDeclarationSyntax property)
    {
        bool Is(SyntaxKind modifier) => property.Modifiers.Any(modifier);
        return (Is(SyntaxKind.PublicKeyword), Is(SyntaxKind.InternalKeyword), Is(SyntaxKind.ProtectedKeyword), Is(SyntaxKind.PrivateKeyword)) switch
        {
            (true, _, _, _) => Accessibility.Public,
            (_, true, true, _) => Accessibility.ProtectedOrInternal,
            (_, true, _, _) => Accessibility.Internal,
            (_, _, true, true) => Accessibility.ProtectedAndInternal,
            (_, _, true, _) => Accessibility.Protected,
            _ => Accessibility.Private,
        };
    }
}
