using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Declarations;

/// <summary>
/// What keeps a property from becoming a component: it is to be <c>partial T Name { get; }</c>, and T a class that can
/// do what the attribute says.
/// </summary>
static class ComponentFaults
{
    public static IEnumerable<Fault> Of(Component component, EnsembleDeclaration ensemble) =>
        OfProperty(component, ensemble.Type, ensemble.Written)
            .Concat(OfRole(component))
            .Concat(component is { HasRole: true, Class.IsEnsemble: true } ? InnerFaults.Of(component, ensemble) : []);

    /// <summary>What keeps a property of the class from getting a body.</summary>
    public static IEnumerable<Fault> OfProperty(Component component, INamedTypeSymbol type, WrittenClass written)
    {
        if (component.Syntax is EventDeclarationSyntax
            || (component.Syntax is PropertyDeclarationSyntax && !SyntaxFacts.IsValidIdentifier(component.Name)))
            return [Fault.Elsewhere];
        return Reasons(component.Syntax!, written).Select(reason =>
            TypeFaults.CannotComplete(type, component.Place, $"{Wording.Code(component.Name)} {reason}"));
    }

    static IEnumerable<string> Reasons(BasePropertyDeclarationSyntax declaration, WrittenClass written)
    {
        if (declaration.Type is NullableTypeSyntax)
            yield return "may be null";
        if (declaration.Type is RefTypeSyntax)
            yield return "returns a reference";
        if (declaration is not PropertyDeclarationSyntax property)
        {
            yield return "is an indexer";
            yield break;
        }

        if (written.Members.OfType<PropertyDeclarationSyntax>().Count(other => HasNameOf(property, other)) > 1)
            yield return "is declared twice";
        if (!property.Modifiers.Any(SyntaxKind.PartialKeyword))
            yield return "is not partial";
        foreach (var modifier in property.Modifiers)
        {
            if (!CanBeRepeated(modifier))
                yield return modifier.IsKind(SyntaxKind.NewKeyword)
                    ? "is declared `new`, to hide a member that the class inherits"
                    : $"is {modifier.Text}";
        }

        if (property.ExplicitInterfaceSpecifier is not null)
            yield return "implements an interface explicitly";
        if (property.Initializer is not null)
            yield return "has an initializer";
        if (property.ExpressionBody is not null || property.AccessorList?.Accessors.Any(HasBody) == true)
            yield return "has a body of its own";
        else if (property.AccessorList?.Accessors is not [{ Modifiers.Count: 0 } only]
            || !only.IsKind(SyntaxKind.GetAccessorDeclaration))
            yield return "has other accessors than get";
    }

    static bool HasNameOf(PropertyDeclarationSyntax property, PropertyDeclarationSyntax other) =>
        property.Identifier.ValueText == other.Identifier.ValueText;

    static bool HasBody(AccessorDeclarationSyntax accessor) =>
        accessor.Body is not null || accessor.ExpressionBody is not null;

    static bool CanBeRepeated(SyntaxToken modifier) => modifier.Kind() is
        SyntaxKind.PublicKeyword
            or SyntaxKind.InternalKeyword
            or SyntaxKind.ProtectedKeyword
            or SyntaxKind.PrivateKeyword
        or SyntaxKind.VirtualKeyword or SyntaxKind.PartialKeyword;

    static IEnumerable<Fault> OfRole(Component component)
    {
        var marks = component.Marks;
        if (marks.Count > 1)
        {
            var reason = component.IsFront ? "a component has one role" : "a component either votes or rejects";
            yield return WrongRole(component, component.Attributes.Last().GetLocation(), Wording.And(marks), reason);
        }
        // A property of a class that only its file sees is an error of the language.
        else if (component.Attributes.Count() > 1
            || component.Type?.IsOfOneFile() == true)
        {
            yield return Fault.Elsewhere;
        }
        else if (!component.HasRole)
        {
            yield return Objection(component) is { } objection
                ? WrongRole(
                    component, component.Attribute!.GetLocation(), marks[0],
                    $"{Wording.Code(component.Type!)} is {objection}")
                : Fault.Elsewhere;
        }
    }

    static string? Objection(Component component)
    {
        // What is no defense at all has a rule of its own, ENS0008.
        if (component is { RightMark: null, Defense: null })
            return null;
        var (wanted, cannot) = component switch
        {
            { IsMember: true } => ("a classifier", "which cannot vote"),
            { IsGate: true } => ("a detector", "which cannot reject"),
            _ => ("an input transform", "which gives no images"),
        };
        return component.RightMark switch
        {
            "Member" when component.Class!.IsEnsemble => "an ensemble, which can be a member only",
            "Member" => $"a classifier, {cannot}",
            "Gate" => $"a detector, {cannot}",
            "Front" => $"an input transform, {cannot}",
            _ => $"not {wanted}",
        };
    }

    static Fault WrongRole(Component component, Location place, string marked, string objection) =>
        new(FaultKind.WrongRole, place, component.Name, marked, objection);
}
