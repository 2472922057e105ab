using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>Makes models of the components of one well-formed ensemble.</summary>
/// <param name="ensemble">The ensemble.</param>
/// <param name="names">Names of the ensemble's members that are free.</param>
sealed class ComponentParser(EnsembleDeclaration ensemble, NameScope names)
{
    readonly NameScope parameters = new(new HashSet<string>(), []);
    readonly DefenseParser defenses = DefenseParser.Of(ensemble.Known);

    /// <summary>What whoever declared the ensemble has heard of its components and of its rule.</summary>
    public EquatableArray<string> Silenced(INamedTypeSymbol rule) => new(ensemble.Components
        .SelectMany(component => defenses.Silenced(component.Class!))
        .Concat(defenses.Silenced(rule))
        .Distinct()
        .OrderBy(id => id, StringComparer.Ordinal));

    public ComponentModel Parse(Component component, bool canLeaveOutMembers)
    {
        var name = component.Name;
        var number = component.Number!.Value;
        RoleModel role = component.IsMember ? new MemberModel(number)
            : component.IsFront ? new FrontModel()
            : new GateModel(number, component.IsBehindFronts, names.ClaimCamelCase($"{name}Threshold"));
        return new ComponentModel
        {
            Name = name,
            Modifiers = component.Syntax is PropertyDeclarationSyntax property ? Modifiers(property) : null,
            Defense = defenses.Parse(component.Class!, ensemble.Type),
            Role = role,
            Field = component.Inherited is null ? names.ClaimCamelCase(name) : "",
            Parameter = parameters.ClaimCamelCase(name),
            Variant = !component.IsMember || canLeaveOutMembers ? names.Claim($"Without{name}") : null,
        };
    }

    /// <summary>A parameter beside those of the components.</summary>
    public string Parameter(string wanted) => parameters.Claim(wanted);

    /// <summary>A property's modifiers, "partial" last.</summary>
    public static string Modifiers(PropertyDeclarationSyntax property)
    {
        if (property.Modifiers is [{ RawKind: (int)SyntaxKind.PublicKeyword }, _])
            return "public partial";
        var others = property.Modifiers.Where(m => !m.IsKind(SyntaxKind.PartialKeyword)).Select(m => m.Text);
        return string.Join(" ", others.Append("partial"));
    }
}
