using Ensembles.Declarations;

namespace Ensembles.Generators.Models;

/// <summary>One front, member or gate of an ensemble.</summary>
sealed record ComponentModel
{
    /// <summary>The property's name, which is the component's name everywhere.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The property's modifiers, "partial" last; null for a component that the ensemble inherits, field and property
    /// and all.
    /// </summary>
    public required string? Modifiers { get; init; }

    /// <summary>Whether the ensemble inherits it from the one that it derives from.</summary>
    public bool IsInherited => Modifiers is null;

    /// <summary>What stands in the ensemble.</summary>
    public required DefenseModel Defense { get; init; }

    /// <summary>What it does there.</summary>
    public required RoleModel Role { get; init; }

    /// <summary>The role of a member; null for any other component.</summary>
    public MemberModel? Member => Role as MemberModel;

    /// <summary>The role of a gate; null for any other component.</summary>
    public GateModel? Gate => Role as GateModel;

    /// <summary>Whether it is an ensemble.</summary>
    public bool IsEnsemble => Defense.Inner is not null;

    /// <summary>Whether it is a front.</summary>
    public bool IsFront => Role is FrontModel;

    /// <summary>Whether it sees what the fronts make of the images.</summary>
    public bool IsBehindFronts => Member is not null || Gate is { IsBehindFronts: true };

    /// <summary>The field behind the property, where that is not inherited.</summary>
    public required string Field { get; init; }

    /// <summary>
    /// The constructor's parameter, not escaped; what is computed from the component is named after it.
    /// </summary>
    public required string Parameter { get; init; }

    /// <summary>The local that holds what it says of the images.</summary>
    public string Output => Parameter + (IsEnsemble ? "Says" : Role.Says);

    /// <summary>The nested class of the ensemble without this component; null where there is none.</summary>
    public required string? Variant { get; init; }
}

/// <summary>What a component does in its ensemble.</summary>
/// <param name="Word">What such a component is called.</param>
/// <param name="Says">What it says of the images, as the end of a name.</param>
abstract record RoleModel(string Word, string Says);

/// <summary>It makes images of the images, for all members.</summary>
sealed record FrontModel() : RoleModel("front", "Images");

/// <summary>It votes.</summary>
/// <param name="Weight">Its weight as declared.</param>
sealed record MemberModel(double Weight) : RoleModel("member", "Logits")
{
    /// <summary>Its share of the vote.</summary>
    /// <param name="sum">The sum of all weights.</param>
    public float Share(double sum) => Component.Share(Weight, sum);
}

/// <summary>It may reject.</summary>
/// <param name="FalsePositiveRate">The share of clean images it may reject.</param>
/// <param name="IsBehindFronts">Whether it sees what the fronts make of the images.</param>
/// <param name="ThresholdField">The field and buffer that hold its threshold.</param>
sealed record GateModel(double FalsePositiveRate, bool IsBehindFronts, string ThresholdField)
    : RoleModel("gate", "Score");
