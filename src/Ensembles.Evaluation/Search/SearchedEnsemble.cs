using System.Globalization;
using System.Text.Json.Serialization;
using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>An ensemble that a search considers, by the names of the pool.</summary>
/// <param name="Members">The classifiers that vote.</param>
/// <param name="Rule">The voting rule's name; of no effect where one classifier decides.</param>
/// <param name="Quorum">How many members must agree; 1 where the rule asks for none.</param>
/// <param name="Gates">The detectors that may reject.</param>
public sealed record SearchedEnsemble(
    IReadOnlyList<string> Members, string Rule, int Quorum, IReadOnlyList<SearchedGate> Gates)
{
    /// <summary>Its name in tables: "MeanProbability of Pgd, Trades behind Density at 5%".</summary>
    [JsonIgnore]
    public string Name
    {
        get
        {
            var members = string.Join(", ", Members);
            var gates = Gates.Count == 0 ? "" : $" behind {string.Join(", ", Gates)}";
            return Members.Count == 1
                ? $"{members}{gates}"
                : $"{Rule}{(Quorum > 1 ? Quorum.ToString(CultureInfo.InvariantCulture) : "")} of {members}{gates}";
        }
    }

    /// <summary>What one image costs: how many components it is shown to.</summary>
    [JsonIgnore]
    public int Forwards => Members.Count + Gates.Count;
}

/// <summary>A detector of the pool as a gate.</summary>
/// <param name="Detector">The detector's name in the pool.</param>
/// <param name="FalsePositiveRate">The share of clean validation images that it may reject.</param>
public sealed record SearchedGate(string Detector, double FalsePositiveRate)
{
    /// <summary>"Density at 5%".</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Detector} at {100 * FalsePositiveRate:0.############}%");
}

/// <summary>What is known of an ensemble that a search considered.</summary>
/// <param name="Ensemble">The ensemble.</param>
/// <param name="Clean">Clean accuracy; a rejected image is an error.</param>
/// <param name="Coverage">The share of clean images that are accepted.</param>
/// <param name="Lenient">
/// The share that survives where a rejected adversarial image is survived, the mean over draws.
/// </param>
/// <param name="Strict">The share that survives where it is not, the mean over draws.</param>
/// <param name="Attacked">
/// Whether it was attacked by itself. If not, the robust accuracies are upper bounds: what adversarial images of other
/// defenses leave.
/// </param>
public sealed record SearchedFigures(
    SearchedEnsemble Ensemble, Rate Clean, Rate Coverage, Rate Lenient, Rate Strict, bool Attacked)
{
    /// <summary>The robust accuracy under a criterion: lenient, or strict.</summary>
    public Rate Robust(Criterion criterion) => criterion == Criterion.Misclassified ? Lenient : Strict;

    /// <summary>
    /// Whether another one is as good in everything (clean accuracy, robust accuracy, forwards) and better in
    /// something.
    /// </summary>
    internal bool IsDominatedBy(SearchedFigures other, Criterion criterion)
    {
        var (clean, robust, forwards) = (
            other.Clean.Value - Clean.Value, other.Robust(criterion).Value - Robust(criterion).Value,
            Ensemble.Forwards - other.Ensemble.Forwards);
        return clean >= 0 && robust >= 0 && forwards >= 0 && (clean > 0 || robust > 0 || forwards > 0);
    }

    /// <summary>Those that no other one dominates: the Pareto front, the most robust first.</summary>
    internal static IReadOnlyList<SearchedFigures> Front(IReadOnlyList<SearchedFigures> all, Criterion criterion)
    {
        List<SearchedFigures> front = [];
        // In this order whoever dominates another one comes before it.
        foreach (var one in all.OrderByDescending(figures => figures.Robust(criterion).Value)
            .ThenByDescending(figures => figures.Clean.Value).ThenBy(figures => figures.Ensemble.Forwards))
        {
            if (!front.Any(other => one.IsDominatedBy(other, criterion)))
                front.Add(one);
        }

        return front;
    }
}
