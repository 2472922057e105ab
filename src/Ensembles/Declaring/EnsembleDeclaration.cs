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

    /// <summary>
    /// The classifiers that vote, those of ensembles among the members by their paths (<c>Inner.Edges</c>), in order of
    /// declaration.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<MemberDeclaration> AllMembers =>
    [
        .. Members.SelectMany(member => member.Inner is { } inner
            ? inner.AllMembers.Select(voter => voter with { Name = $"{member.Name}.{voter.Name}" })
            : [member]),
    ];

    /// <summary>
    /// The gates: first those that reject, then those of ensembles among the members, by their paths.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<GateDeclaration> AllGates =>
        [.. Gates, .. OfInner(inner => inner.AllGates, (gate, path) => gate with { Name = path(gate.Name) })];

    /// <summary>
    /// The fronts: first those of all members, then those of ensembles among them, by their paths.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<FrontDeclaration> AllFronts =>
        [.. Fronts, .. OfInner(inner => inner.AllFronts, (front, path) => front with { Name = path(front.Name) })];

    /// <summary>
    /// The declaration without one component, or without one of an ensemble among the members, by its path. The quorum
    /// shrinks with the members.
    /// </summary>
    /// <param name="component">The property's name, or the path.</param>
    public EnsembleDeclaration Without(string component)
    {
        List<MemberDeclaration> members =
        [
            .. Members.Where(member => member.Name != component).Select(member => Reduced(member, component)),
        ];
        return this with
        {
            Quorum = Math.Min(Quorum, members.Count),
            Members = members,
            Gates = [.. Gates.Where(gate => gate.Name != component)],
            Fronts = [.. Fronts.Where(front => front.Name != component)],
        };
    }

    static MemberDeclaration Reduced(MemberDeclaration member, string component) =>
        member.Inner is { } inner && component.StartsWith($"{member.Name}.", StringComparison.Ordinal)
            ? MemberDeclaration.Of(member.Name, inner.Without(component[(member.Name.Length + 1)..]), member.Weight)
            : member;

    IEnumerable<T> OfInner<T>(
        Func<EnsembleDeclaration, IReadOnlyList<T>> parts, Func<T, Func<string, string>, T> named) =>
        Members.SelectMany(member => member.Inner is { } inner
            ? parts(inner).Select(part => named(part, name => $"{member.Name}.{name}"))
            : []);
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
    double Weight)
{
    /// <summary>What is declared of an ensemble that is a member; null for a classifier.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EnsembleDeclaration? Inner { get; init; }

    /// <summary>
    /// An ensemble as a member: of the categories of all components in it and the strengths of its members and fronts,
    /// each once. One that is undefended counts only where all are.
    /// </summary>
    /// <param name="name">The property's name.</param>
    /// <param name="inner">What is declared of the ensemble.</param>
    /// <param name="weight">Its weight as declared.</param>
    public static MemberDeclaration Of(string name, EnsembleDeclaration inner, double weight)
    {
        var (members, fronts) = (inner.AllMembers, inner.AllFronts);
        List<Category> categories =
        [
            .. members.SelectMany(member => member.Categories)
                .Concat(fronts.SelectMany(front => front.Categories))
                .Concat(inner.AllGates.SelectMany(gate => gate.Categories))
                .Distinct(),
        ];
        if (categories.Count > 1)
            categories.Remove(Category.Undefended);
        List<string> strengths =
        [
            .. members.SelectMany(member => member.Strengths)
                .Concat(fronts.SelectMany(front => front.Strengths))
                .Distinct(),
        ];
        return new(name, inner.Name, categories, strengths, weight)
        {
            Inner = inner,
        };
    }
}

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
