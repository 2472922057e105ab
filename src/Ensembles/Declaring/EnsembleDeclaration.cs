using System.Text.Json.Serialization;

namespace Ensembles;

/// <summary>An ensemble's declaration as data, for reports and tools.</summary>
/// <param name="Name">The ensemble's class name.</param>
/// <param name="Rule">The voting rule's name.</param>
/// <param name="Quorum">How many members must agree, under <see cref="Ensembles.Quorum"/>.</param>
/// <param name="Members">The voting members, in order of declaration.</param>
/// <param name="Gates">The gates, in order of declaration.</param>
[method: JsonConstructor]
public sealed record EnsembleDeclaration(
    string Name,
    string Rule,
    int Quorum,
    IReadOnlyList<MemberDeclaration> Members,
    IReadOnlyList<GateDeclaration> Gates)
{
    /// <summary>The declaration of an ensemble with fronts.</summary>
    public EnsembleDeclaration(
        string Name,
        string Rule,
        int Quorum,
        IReadOnlyList<FrontDeclaration> Fronts,
        IReadOnlyList<MemberDeclaration> Members,
        IReadOnlyList<GateDeclaration> Gates)
        : this(Name, Rule, Quorum, Members, Gates) => this.Fronts = Fronts;

    /// <summary>What the members see the images through, in order of declaration.</summary>
    public IReadOnlyList<FrontDeclaration> Fronts { get; init; } = [];
}

/// <summary>A front as declared.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Defense">The defense's class name.</param>
/// <param name="Categories">
/// The defense's categories: one or two; none when its class carries no <see cref="DefenseAttribute"/>.
/// </param>
/// <param name="Strengths">Names of the strengths it claims.</param>
public sealed record FrontDeclaration(
    string Name,
    string Defense,
    IReadOnlyList<Category> Categories,
    IReadOnlyList<string> Strengths);

/// <summary>A voting member as declared.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Defense">The defense's class name.</param>
/// <param name="Categories">
/// The defense's categories: one or two; none when its class carries no <see cref="DefenseAttribute"/>.
/// </param>
/// <param name="Strengths">Names of the strengths it claims.</param>
/// <param name="Weight">Its weight as declared.</param>
public sealed record MemberDeclaration(
    string Name,
    string Defense,
    IReadOnlyList<Category> Categories,
    IReadOnlyList<string> Strengths,
    double Weight);

/// <summary>A gate as declared.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Defense">The defense's class name.</param>
/// <param name="Categories">
/// The defense's categories: one or two; none when its class carries no <see cref="DefenseAttribute"/>.
/// </param>
/// <param name="Strengths">Names of the strengths it claims.</param>
/// <param name="FalsePositiveRate">The share of clean validation images it may reject.</param>
/// <param name="BehindFronts">Whether it sees what the fronts make of the images.</param>
public sealed record GateDeclaration(
    string Name,
    string Defense,
    IReadOnlyList<Category> Categories,
    IReadOnlyList<string> Strengths,
    double FalsePositiveRate,
    bool BehindFronts = false);
