using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Generators.Parsing;

/// <summary>Finds out who may construct an ensemble, and whether a top-level class can register it.</summary>
static class RegistrationParser
{
    /// <summary>
    /// The constructor's accessibility: it may not be wider than its parameters' types, and a property never is.
    /// </summary>
    public static Accessibility Constructor(IReadOnlyCollection<Component> components) =>
        components.All(component => component.Type!.IsVisibleEverywhere())
            ? Accessibility.Public
            : components.Min(component => AccessibilityOf(component.Syntax.Modifiers));

    /// <summary>
    /// The registration; null where a top-level class cannot name the ensemble or reach its constructor.
    /// </summary>
    public static RegistrationModel? Parse(INamedTypeSymbol ensemble, Accessibility constructor)
    {
        if (!ensemble.IsVisibleInAssembly()
            || constructor is not (Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal)
            || ensemble.IsGenericType)
            return null;

        var names = ensemble.Containers().Prepend(ensemble).Reverse().Select(type => type.Name);
        return new RegistrationModel(
            Accessibility: constructor == Accessibility.Public && ensemble.IsVisibleEverywhere()
                ? "public"
                : "internal",
            Class: $"{string.Join("_", names)}ServiceCollectionExtensions",
            Ensemble: ensemble.FullName());
    }

    static Accessibility AccessibilityOf(SyntaxTokenList modifiers)
    {
        bool Is(SyntaxKind modifier) => modifiers.Any(modifier);
        var isInternal = Is(SyntaxKind.InternalKeyword);
        var isProtected = Is(SyntaxKind.ProtectedKeyword);
        return (Is(SyntaxKind.PublicKeyword), isInternal, isProtected, Is(SyntaxKind.PrivateKeyword)) switch
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
