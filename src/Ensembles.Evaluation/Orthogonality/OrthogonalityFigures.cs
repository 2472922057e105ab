using System.Text.Json.Serialization;

namespace Ensembles.Evaluation;

/// <summary>
/// How alike the members of an ensemble fail: the paper's claim is that members of orthogonal strengths make a strong
/// ensemble, and these are the measures of it.
/// </summary>
public sealed record OrthogonalityFigures
{
    /// <summary>The members, in order of declaration.</summary>
    public required IReadOnlyList<string> Members { get; init; }

    /// <summary>For each ordered pair how much of what breaks the one breaks the other.</summary>
    public required IReadOnlyList<TransferShare> Transfer { get; init; }

    /// <summary>
    /// For each pair the mean cosine between the gradients of the margins, on clean images that both get right. Near 0
    /// the directions have nothing in common; near 1 one step fools both.
    /// </summary>
    public required IReadOnlyList<PairFigure> Gradients { get; init; }

    /// <summary>
    /// For each pair the correlation (phi) of their errors on the images that the attack on the whole ended with.
    /// </summary>
    public required IReadOnlyList<PairFigure> Errors { get; init; }

    /// <summary>For what broke images of the whole, how many fell to it first, in the order of the attacks.</summary>
    public required IReadOnlyList<FirstFall> FirstFalls { get; init; }

    /// <summary>Strengths that several members claim, and who.</summary>
    public required IReadOnlyList<SharedStrength> Shared { get; init; }

    /// <summary>
    /// Whether nothing tells how alike the members fail: nothing broke them, and no two are right on one image.
    /// </summary>
    [JsonIgnore]
    public bool IsEmpty => Transfer.All(of => of.Share is null) && Gradients.All(of => of.Value is null);

    /// <summary>What is left to attack, in sentences, the gravest first; empty where nothing was found.</summary>
    public required IReadOnlyList<string> Weaknesses { get; init; }
}

/// <summary>How much of what breaks one member breaks another.</summary>
/// <param name="From">The member that the adversarial images were made against.</param>
/// <param name="To">The member that they are shown to.</param>
/// <param name="Share">
/// The share of them that the other gets wrong, of those whose clean image it gets right; null where there are none.
/// </param>
/// <param name="Images">How many these are.</param>
public sealed record TransferShare(string From, string To, Rate? Share, int Images);

/// <summary>A figure of two members.</summary>
/// <param name="First">A member.</param>
/// <param name="Second">Another one.</param>
/// <param name="Value">The figure with its interval over images; null where it is not defined.</param>
/// <param name="Images">The images it is of.</param>
public sealed record PairFigure(string First, string Second, Estimate? Value, int Images);

/// <summary>What broke images of the whole.</summary>
/// <param name="Source">The attack, its criterion and radius, and what it was run against; or a check.</param>
/// <param name="Images">How many images fell to it first.</param>
public sealed record FirstFall(string Source, int Images);

/// <summary>A strength that several members claim.</summary>
/// <param name="Strength">The strength's name.</param>
/// <param name="Members">Who claims it.</param>
public sealed record SharedStrength(string Strength, IReadOnlyList<string> Members);
