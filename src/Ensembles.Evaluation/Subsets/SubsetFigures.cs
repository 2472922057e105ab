using System.Text.Json.Serialization;

namespace Ensembles.Evaluation;

/// <summary>
/// Every subset of an ensemble's components, replayed on all adversarial images of a study, and how the robust accuracy
/// of the whole is shared among the components.
/// </summary>
/// <remarks>
/// Only the whole, the members alone and the ensembles with one component left out were attacked. The robust accuracy
/// of any other subset is an upper bound, and so the shares are about these images, not about the best attack.
/// </remarks>
public sealed record SubsetFigures
{
    /// <summary>The most components whose subsets are replayed: of twelve there are 4,096.</summary>
    public const int MostComponents = 12;

    /// <summary>Members and gates, in order of declaration, members first. A subset's mask has their bits.</summary>
    public required IReadOnlyList<string> Components { get; init; }

    /// <summary>The subsets that can decide: those with a member.</summary>
    public required IReadOnlyList<ReplayedSubset> Subsets { get; init; }

    /// <summary>
    /// Each component's share of the lenient robust accuracy (Shapley); they add up to that of the whole, since nobody
    /// is right on nothing.
    /// </summary>
    public required IReadOnlyList<ComponentShare> Shares { get; init; }

    /// <summary>What each pair adds together beyond what each of the two adds alone.</summary>
    public required IReadOnlyList<PairShare> Pairs { get; init; }

    /// <summary>How many adversarial images were replayed.</summary>
    public required int Replayed { get; init; }

    /// <summary>In how many draws of a randomised ensemble; 1 otherwise.</summary>
    public required int Draws { get; init; }

    /// <summary>The subset of all components.</summary>
    [JsonIgnore]
    public ReplayedSubset Whole => Subsets[^1];

    /// <summary>The subset with the highest lenient robust accuracy; the smaller one where two are level.</summary>
    [JsonIgnore]
    public ReplayedSubset Best => Subsets.OrderByDescending(subset => subset.Lenient.Value)
        .ThenBy(subset => subset.Components.Count).First();
}

/// <summary>A subset of the components as it decides by itself; figures are means over draws.</summary>
/// <param name="Components">Its components.</param>
/// <param name="Clean">Clean accuracy.</param>
/// <param name="Coverage">The share of clean images that are accepted.</param>
/// <param name="Lenient">The share that survives where a rejected adversarial image is survived.</param>
/// <param name="Strict">The share that survives where it is not.</param>
public sealed record ReplayedSubset(
    IReadOnlyList<string> Components, Rate Clean, Rate Coverage, Rate Lenient, Rate Strict);

/// <summary>A component's share of the lenient robust accuracy of the whole.</summary>
/// <param name="Component">Its name.</param>
/// <param name="Share">The share, with its interval over images.</param>
public sealed record ComponentShare(string Component, Estimate Share);

/// <summary>What two components add together beyond what each adds alone.</summary>
/// <param name="First">A component.</param>
/// <param name="Second">Another one.</param>
/// <param name="Interaction">Below 0 they do the same work; above 0 each needs the other.</param>
public sealed record PairShare(string First, string Second, Estimate Interaction);
