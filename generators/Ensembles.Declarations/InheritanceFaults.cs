using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>What keeps an ensemble from taking over the components of the one that it derives from.</summary>
static class InheritanceFaults
{
    public static IEnumerable<Fault> Of(EnsembleDeclaration ensemble)
    {
        if (ensemble.Base is not { } @base)
            return [];
        var isWritten = @base.OriginalDefinition.DeclaringSyntaxReferences.Length > 0;
        // What is wrong with it is said where it is declared.
        if (isWritten && !ensemble.Known.Declaration(@base.OriginalDefinition).IsComplete)
            return [Fault.Elsewhere];
        return OfNames(ensemble, @base)
            .Concat(OfSight(ensemble, @base, isWritten))
            .Concat(OfVote(ensemble))
            .Concat(OfTraining(ensemble));
    }

    /// <summary>The names that a class inherits from the ensembles above it, without those of generated code.</summary>
    public static HashSet<string> NamesAbove(INamedTypeSymbol ensemble, KnownTypes known) =>
    [
        // The other half of a component's property is generated.
        .. ComponentsAbove(ensemble, known),
        .. DeclaredComponent.BasesOf(ensemble, known).SelectMany(VisibleNames),
    ];

    static IEnumerable<string> ComponentsAbove(INamedTypeSymbol ensemble, KnownTypes known) =>
        DeclaredComponent.BasesOf(ensemble, known).FirstOrDefault() is { } @base
            ? DeclaredComponent.Of(@base, known).Select(component => component.Property.Name)
            : [];

    static IEnumerable<string> VisibleNames(INamedTypeSymbol type) => type.GetMembers()
        .Where(member =>
            member is { DeclaredAccessibility: not Accessibility.Private, IsImplicitlyDeclared: false }
            && member is not IMethodSymbol { MethodKind: not MethodKind.Ordinary }
            && !member.IsEmitted())
        .Select(member => member.Name);

    /// <summary>Generated code reaches an inherited component by its name, so nothing may hide it.</summary>
    static IEnumerable<Fault> OfNames(EnsembleDeclaration ensemble, INamedTypeSymbol @base)
    {
        var above = NamesAbove(ensemble.Type, ensemble.Known);
        foreach (var component in ensemble.Own.Where(component => above.Contains(component.Name)))
            yield return Hides(ensemble, component.Place, component.Name, @base);
        var own = ensemble.Own.Select(component => component.Name);
        foreach (var name in ComponentsAbove(ensemble.Type, ensemble.Known)
            .Except(own)
            .Intersect(ensemble.Type.DeclaredNames()))
            yield return Hides(
                ensemble, ensemble.Type.GetMembers(name).FirstOrDefault()?.Place() ?? ensemble.Place, name, @base);
    }

    static Fault Hides(EnsembleDeclaration ensemble, Location? place, string name, INamedTypeSymbol @base) =>
        TypeFaults.CannotComplete(
            ensemble.Type, place, $"it inherits another {Wording.Code(name)} from {Wording.Code(@base)}");

    /// <summary>What the generated part asks and hands on has to be within its sight.</summary>
    static IEnumerable<Fault> OfSight(EnsembleDeclaration ensemble, INamedTypeSymbol @base, bool isWritten)
    {
        var hidden = ensemble.Components
            .Where(component => component.Inherited is { } inherited
                && !ensemble.Known.Compilation.IsSymbolAccessibleWithin(
                    inherited.Property, ensemble.Type, ensemble.Type))
            .Select(component => component.Name)
            .ToList();
        if (hidden.Count > 0)
        {
            yield return TypeFaults.CannotComplete(
                ensemble.Type, ensemble.Place,
                $"it derives from {Wording.Code(@base)}, whose {Wording.Names(hidden)} it cannot see: an ensemble that "
                + "others derive from has components that these see");
        }
        else if (!isWritten && !HasConstructorToDerive(@base, ensemble))
        {
            yield return TypeFaults.CannotComplete(
                ensemble.Type, ensemble.Place,
                $"it derives from {Wording.Code(@base)}, which has no constructor for that: build its project with "
                + "this version of Ensembles");
        }
    }

    static bool HasConstructorToDerive(INamedTypeSymbol @base, EnsembleDeclaration ensemble)
    {
        var components = DeclaredComponent.Of(@base, ensemble.Known).Select(component => component.Property.Type);
        return @base.InstanceConstructors.Any(constructor =>
            ensemble.Known.Compilation.IsSymbolAccessibleWithin(constructor, ensemble.Type)
            && constructor.Parameters.FirstOrDefault() is { Type.SpecialType: SpecialType.System_String }
            && constructor.Parameters.Skip(1).Select(parameter => parameter.Type)
                .SequenceEqual(components, SymbolEqualityComparer.Default));
    }

    /// <summary>A rule that is fitted to its members takes none that may abstain.</summary>
    static IEnumerable<Fault> OfVote(EnsembleDeclaration ensemble) => ensemble.IsFitted
        ? ensemble.Components
            .Where(component => component is { Inherited: not null, Class.IsEnsemble: true })
            .Select(component => TypeFaults.CannotComplete(
                ensemble.Type, ensemble.Attribute.Place(),
                $"it inherits {Wording.Code(component.Name)}, an ensemble, which may abstain, and the numbers of "
                + $"{Wording.Code(ensemble.Rule!)} are fitted to all members: take a rule that is not fitted"))
        : [];

    /// <summary>A training that a person wrote trains what it knows, and leaves untrained what is added.</summary>
    static IEnumerable<Fault> OfTraining(EnsembleDeclaration ensemble)
    {
        if (ensemble.Known.Trainable is not null
            && ensemble.Own.Count > 0
            && !ensemble.Type.DeclaredNames().Contains("Train")
            && OwnTrainingAbove(ensemble.Type, ensemble.Known) is { } other)
            yield return TypeFaults.CannotComplete(
                ensemble.Type, ensemble.Place,
                $"{Wording.Code(other)} has a `Train` of its own, which knows nothing of what is added here: write a "
                + "`Train` here too");
    }

    /// <summary>
    /// The ensemble above whose <c>Train</c> a class inherits, where a person wrote it; null where it is generated, or
    /// there is none.
    /// </summary>
    public static INamedTypeSymbol? OwnTrainingAbove(INamedTypeSymbol ensemble, KnownTypes known) =>
        DeclaredComponent.BasesOf(ensemble, known)
            .FirstOrDefault(type => type.DeclaredNames().Contains("Train")) is { } nearest
        && (nearest.GetMembers("Train") is not [var only] || !only.IsEmitted())
            ? nearest
            : null;
}
