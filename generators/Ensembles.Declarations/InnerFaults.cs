using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>What keeps an ensemble from being a member of another.</summary>
static class InnerFaults
{
    /// <summary>The faults of a component whose class is an ensemble.</summary>
    public static IEnumerable<Fault> Of(Component component, EnsembleDeclaration around)
    {
        var (inner, known) = (component.Class!.Type, around.Known);
        if (IsPartOf(around.Type, inner, known) || DeclaredComponent.IsPartOfItself(inner, known))
        {
            yield return new(
                FaultKind.WrongRole, component.Attribute!.GetLocation(), component.Name, component.Marks[0],
                SymbolEqualityComparer.Default.Equals(around.Type.OriginalDefinition, inner.OriginalDefinition)
                    ? $"{Wording.Code(inner)} is the ensemble itself, and none can be part of itself"
                    : IsPartOf(around.Type, inner, known)
                    ? $"{Wording.Code(inner)} has {Wording.Code(around.Type)} among its members in turn, and no "
                        + "ensemble can be part of itself"
                    : $"{Wording.Code(inner)} is part of itself by way of its members");
            yield break;
        }

        var isInnerFitted = inner.AttributesOf(known.EnsembleAttribute).First().AttributeClass?.TypeArguments
            .FirstOrDefault() is INamedTypeSymbol rule && rule.Implements(known.FittedRule);
        if (around.IsFitted || isInnerFitted)
            yield return new(
                FaultKind.WrongRole, component.Attribute!.GetLocation(), component.Name, component.Marks[0],
                isInnerFitted
                    ? $"the rule of {Wording.Code(inner)} has numbers that are fitted to what it sees alone: an "
                        + "ensemble inside another takes a rule that is not fitted"
                    : $"{Wording.Code(inner)} is an ensemble, which may abstain, and the numbers of "
                        + $"{Wording.Code(around.Rule!)} are fitted to all members: take a rule that is not fitted");

        if (known.Trainable is not null
            && around.Type.Name != "Train"
            && !around.Type.DeclaredNames().Contains("Train")
            && HasOtherTraining(inner))
            yield return TypeFaults.CannotComplete(
                around.Type, component.Place,
                $"{Wording.Code(component.Name)} is an ensemble with a `Train` of its own, which takes something else "
                + "than `(ILabeledImages, TrainingOptions)`, so that the whole would leave it untrained: give it one "
                + "that takes these, or write a `Train` here");

        // What is wrong with it is said where it is declared.
        if (inner.OriginalDefinition.DeclaringSyntaxReferences.Length > 0
            && !known.Declaration(inner.OriginalDefinition).IsComplete)
            yield return Fault.Elsewhere;
    }

    /// <summary>
    /// Whether a method that a person wrote takes the place of the generated training of an ensemble, and no training
    /// around it can call it.
    /// </summary>
    static bool HasOtherTraining(INamedTypeSymbol ensemble) =>
        TrainingsOf(ensemble).OfType<IMethodSymbol>().Any()
        && !TrainingsOf(ensemble).Any(IsTrainingOfEnsemble);

    /// <summary>The members called <c>Train</c> of a class, or of the nearest one above that has some.</summary>
    public static IReadOnlyList<ISymbol> TrainingsOf(INamedTypeSymbol ensemble) => ensemble.SelfAndBases()
        .Select(type => type.GetMembers("Train").ToList())
        .FirstOrDefault(members => members.Count > 0) ?? [];

    /// <summary>Whether the training of an ensemble around can call a member: it takes what the generated one does.
    /// </summary>
    public static bool IsTrainingOfEnsemble(ISymbol member) => member is IMethodSymbol
    {
        DeclaredAccessibility: Accessibility.Public,
        IsStatic: false,
        Parameters: [{ Type.Name: "ILabeledImages" }, { Type.Name: "TrainingOptions" }],
    };

    static bool IsPartOf(INamedTypeSymbol ensemble, INamedTypeSymbol other, KnownTypes known) =>
        DeclaredComponent.All(other, known)
            .Select(component => component.Class)
            .Prepend(other)
            .Any(type =>
                SymbolEqualityComparer.Default.Equals(type?.OriginalDefinition, ensemble.OriginalDefinition));
}
