namespace Ensembles.Generators.Models;

/// <summary>A well-formed declaration of an ensemble: everything the emitted code is made from.</summary>
sealed record EnsembleModel
{
    /// <summary>Where the class is declared.</summary>
    public required Place Place { get; init; }

    /// <summary>The class name.</summary>
    public required string Name { get; init; }

    /// <summary>The class with its type parameters, as it is written inside itself.</summary>
    public required string Type { get; init; }

    /// <summary>Whether the class derives from another ensemble, whose components come first.</summary>
    public required bool IsDerived { get; init; }

    /// <summary>The voting rule's class name.</summary>
    public required string RuleName { get; init; }

    /// <summary>The voting rule with its full name.</summary>
    public required string Rule { get; init; }

    /// <summary>The voting rule in TorchScript; null where it has no script.</summary>
    public required ScriptModel? Script { get; init; }

    /// <summary>Whether the rule has numbers that are fitted on validation images.</summary>
    public required bool IsFitted { get; init; }

    /// <summary>How many members must agree.</summary>
    public required int Quorum { get; init; }

    /// <summary>Fronts, members and gates, in order of declaration.</summary>
    public required EquatableArray<ComponentModel> Components { get; init; }

    /// <summary>The components of ensembles among the members that can be left out.</summary>
    public required EquatableArray<InnerVariantModel> InnerVariants { get; init; }

    /// <summary>Whether an ensemble is among the members.</summary>
    public bool HasInner => Components.Any(component => component.IsEnsemble);

    /// <summary>
    /// The modifier of the emitted <c>Train</c>, "virtual " for an ensemble that others may derive from; null where the
    /// class has a <c>Train</c> of its own, which takes its place.
    /// </summary>
    public required string? TrainModifier { get; init; }

    /// <summary>How many of them are gates.</summary>
    public int Gates => Components.Count(component => component.Gate is not null);

    /// <summary>The constructor's accessibility: as wide as the components' types allow.</summary>
    public required string ConstructorAccessibility { get; init; }

    /// <summary>
    /// The accessibility of the constructor that also takes the ensemble's name, for ensembles that derive from this
    /// one.
    /// </summary>
    public required string DerivingAccessibility { get; init; }

    /// <summary>The parameter that takes the name.</summary>
    public required string NameParameter { get; init; }

    /// <summary>
    /// The field that holds the members' weights, a buffer, or the fitted numbers of the rule, a module.
    /// </summary>
    public required string WeightsField { get; init; }

    /// <summary>
    /// The diagnostics that naming and calling its parts raises, which whoever declared it has heard.
    /// </summary>
    public required EquatableArray<string> Silenced { get; init; }

    /// <summary>
    /// How the ensemble is registered with a service collection; null where a top-level class cannot reach it.
    /// </summary>
    public required RegistrationModel? Registration { get; init; }
}

/// <summary>The ensemble without a component of an ensemble among its members.</summary>
/// <param name="Path">The path to the component.</param>
/// <param name="Class">The nested class.</param>
sealed record InnerVariantModel(string Path, string Class);

/// <summary>The registration of an ensemble with a service collection.</summary>
/// <param name="Accessibility">The extension class's accessibility.</param>
/// <param name="Class">The extension class's name.</param>
/// <param name="Ensemble">The ensemble with its full name.</param>
/// <param name="Mark">The attribute that says what the ensemble's own says; null for none.</param>
sealed record RegistrationModel(string Accessibility, string Class, string Ensemble, string? Mark);

/// <summary>A voting rule in TorchScript.</summary>
/// <param name="Scores">The statements that set the scores.</param>
/// <param name="Labels">The statements that set the labels.</param>
sealed record ScriptModel(string Scores, string Labels);
