using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>
/// A component of an ensemble as another declaration sees it: by its symbol, in source or in a referenced assembly.
/// </summary>
/// <param name="Property">The property.</param>
/// <param name="Mark">Its attribute: "Member", "Gate" or "Front".</param>
/// <param name="Path">Its name; of a component of an ensemble among the members the path to it.</param>
/// <param name="CanBeLeftOut">Whether the ensemble that declares it is one without it.</param>
sealed record DeclaredComponent(IPropertySymbol Property, string Mark, string Path, bool CanBeLeftOut)
{
    /// <summary>Its class; null where its type is none.</summary>
    public INamedTypeSymbol? Class => Property.Type as INamedTypeSymbol;

    /// <summary>
    /// Whether a class is an ensemble that can be a member of another: declared, and if in another assembly, complete.
    /// </summary>
    public static bool IsEnsemble(INamedTypeSymbol type, KnownTypes known) =>
        type.AttributesOf(known.EnsembleAttribute).Any()
        && (type.DerivesFrom(known.Ensemble) || type.OriginalDefinition.DeclaringSyntaxReferences.Length > 0);

    /// <summary>
    /// The components of a class in order of declaration, behind those of the ensemble that it derives from.
    /// </summary>
    public static IReadOnlyList<DeclaredComponent> Of(INamedTypeSymbol ensemble, KnownTypes known)
    {
        var marked = BasesOf(ensemble, known).Prepend(ensemble).Reverse()
            .SelectMany(type => type.GetMembers().OfType<IPropertySymbol>())
            .Select(property => (Property: property, Mark: MarkOf(property, known)))
            .Where(component => component.Mark is not null)
            .ToList();
        // Without its only member an ensemble is none.
        var severalVote = marked.Count(component => component.Mark == "Member") > 1;
        return
        [
            .. marked.Select(component => new DeclaredComponent(
                component.Property, component.Mark!, component.Property.Name,
                component.Mark != "Member" || severalVote)),
        ];
    }

    /// <summary>The ensembles that a class derives from, the nearest first.</summary>
    public static IEnumerable<INamedTypeSymbol> BasesOf(INamedTypeSymbol ensemble, KnownTypes known) =>
        ensemble.SelfAndBases().Skip(1).TakeWhile(type => IsEnsemble(type, known));

    /// <summary>
    /// The same with those of ensembles among the members, each behind its ensemble. What is part of itself is followed
    /// once.
    /// </summary>
    public static IReadOnlyList<DeclaredComponent> All(INamedTypeSymbol ensemble, KnownTypes known) =>
        [.. Below(ensemble, known, [ensemble.OriginalDefinition])];

    /// <summary>Whether an ensemble has itself, or one that has itself, among its members at any depth.</summary>
    public static bool IsPartOfItself(INamedTypeSymbol ensemble, KnownTypes known) =>
        IsPartOfItself(ensemble, known, []);

    static bool IsPartOfItself(INamedTypeSymbol ensemble, KnownTypes known, IReadOnlyList<INamedTypeSymbol> around) =>
        around.Contains(ensemble.OriginalDefinition, SymbolEqualityComparer.Default)
        || EnsemblesIn(ensemble, known).Any(inner =>
            IsPartOfItself(inner, known, [.. around, ensemble.OriginalDefinition]));

    static IEnumerable<INamedTypeSymbol> EnsemblesIn(INamedTypeSymbol ensemble, KnownTypes known) =>
        Of(ensemble, known)
            .Where(component => component.Mark == "Member")
            .Select(component => component.Class)
            .OfType<INamedTypeSymbol>()
            .Where(type => IsEnsemble(type, known));

    static IEnumerable<DeclaredComponent> Below(
        INamedTypeSymbol ensemble, KnownTypes known, IReadOnlyList<INamedTypeSymbol> around)
    {
        foreach (var component in Of(ensemble, known))
        {
            yield return component;
            if (component is not { Mark: "Member", Class: { } inner }
                || !IsEnsemble(inner, known)
                || around.Contains(inner.OriginalDefinition, SymbolEqualityComparer.Default))
                continue;
            foreach (var part in Below(inner, known, [.. around, inner.OriginalDefinition]))
                yield return part with { Path = $"{component.Path}.{part.Path}" };
        }
    }

    static string? MarkOf(IPropertySymbol property, KnownTypes known) =>
        property.AttributesOf(known.MemberAttribute).Any() ? "Member"
        : property.AttributesOf(known.GateAttribute).Any() ? "Gate"
        : property.AttributesOf(known.FrontAttribute).Any() ? "Front"
        : null;
}
