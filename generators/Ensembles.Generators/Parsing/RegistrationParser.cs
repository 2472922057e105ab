using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Generators.Parsing;

/// <summary>Finds out who may construct an ensemble, and whether a top-level class can register it.</summary>
static class RegistrationParser
{
    const Accessibility PrivateProtected = Accessibility.ProtectedAndInternal;

    /// <summary>How the name of the class ends that registers an ensemble.</summary>
    public const string ClassEnd = "ServiceCollectionExtensions";

    /// <summary>
    /// The constructor's accessibility: it may not be wider than its parameters' types, and a property never is.
    /// </summary>
    public static Accessibility Constructor(IReadOnlyCollection<Component> components) =>
        components.All(component => component.Type!.IsVisibleEverywhere())
            ? Accessibility.Public
            : components.Select(AccessibilityOf).Aggregate(Narrower);

    /// <summary>
    /// The same for the constructor that ensembles call which derive from this one: no one else does, and what derives
    /// in another assembly sees no more of the types than it.
    /// </summary>
    public static Accessibility DerivingConstructor(Accessibility constructor, bool isSealed) =>
        isSealed || constructor == Accessibility.Private ? Accessibility.Private
        : constructor is Accessibility.Internal or PrivateProtected ? PrivateProtected
        : Accessibility.Protected;

    /// <summary>
    /// The registration; null where a top-level class cannot name the ensemble or call its constructor, or where one
    /// registers it already.
    /// </summary>
    public static RegistrationModel? Parse(INamedTypeSymbol ensemble, Accessibility constructor)
    {
        if (ensemble.IsAbstract
            || !ensemble.IsVisibleInAssembly()
            || constructor is not (Accessibility.Public or Accessibility.Internal or Accessibility.ProtectedOrInternal)
            || ensemble.IsGenericType)
            return null;

        var name = ClassOf(ensemble);
        if (Declared(name, ensemble).OfType<INamedTypeSymbol>().Any(own => own.GetMembers($"Add{ensemble.Name}").Any()))
            return null;
        while (Declared(name, ensemble).Any())
            name += "_";
        return new RegistrationModel(
            Accessibility: constructor == Accessibility.Public && ensemble.IsVisibleEverywhere()
                ? "public"
                : "internal",
            Class: name,
            Ensemble: ensemble.FullName(),
            Mark: Markings.MarkOf(ensemble));
    }

    /// <summary>A name of the class that no other ensemble of the namespace has.</summary>
    static string ClassOf(INamedTypeSymbol ensemble)
    {
        var names = ensemble.Containers().Prepend(ensemble).Reverse().Select(type => type.Name).ToList();
        var joined = string.Join("_", names);
        // Outer_Inner may be a class of its own, and A_B in C is called like B_C in A.
        return names.Count > 1 && (names.Any(name => name.Contains('_')) || Declared(joined, ensemble).Any())
            ? $"{joined}_{TypeNames.Hash(ensemble.HintName())}{ClassEnd}"
            : $"{joined}{ClassEnd}";
    }

    static IEnumerable<INamespaceOrTypeSymbol> Declared(string name, INamedTypeSymbol ensemble) =>
        ensemble.ContainingNamespace.GetMembers(name).OfType<INamespaceOrTypeSymbol>()
            .Where(member => member is not INamedTypeSymbol { IsGenericType: true });

    static Accessibility AccessibilityOf(Component component) => component.Inherited?.Property switch
    {
        null => AccessibilityOf(component.Syntax!.Modifiers),
        // What is internal elsewhere is not here.
        { DeclaredAccessibility: Accessibility.ProtectedOrInternal, DeclaringSyntaxReferences.Length: 0 } =>
            Accessibility.Protected,
        { } inherited => inherited.DeclaredAccessibility,
    };

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
            (_, _, true, true) => PrivateProtected,
            (_, _, true, _) => Accessibility.Protected,
            _ => Accessibility.Private,
        };
    }

    /// <summary>
    /// Who sees both: those of the assembly and those who derive from the class are no part of each other.
    /// </summary>
    static Accessibility Narrower(Accessibility a, Accessibility b) => (a, b) switch
    {
        (Accessibility.Internal, Accessibility.Protected) or (Accessibility.Protected, Accessibility.Internal) =>
            PrivateProtected,
        _ => a < b ? a : b,
    };
}
