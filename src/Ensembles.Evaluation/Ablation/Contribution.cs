using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>What one component of an ensemble is worth under attack.</summary>
/// <param name="Component">The property name of the member or gate.</param>
/// <param name="IsGate">Whether it is a gate.</param>
/// <param name="Lenient">Lenient robust accuracy of the whole beside that of the ensemble without the component, re-attacked.</param>
/// <param name="Strict">The same for strict robust accuracy.</param>
/// <param name="ReplayedLenient">Lenient robust accuracy without the component when only the whole's own adversarial images are replayed: cheap, and too kind.</param>
/// <param name="ReplayedStrict">The same for strict robust accuracy.</param>
/// <param name="MayAddNothing">Why the author keeps it although it may add nothing; null where nothing was stated.</param>
public sealed record Contribution(
    string Component,
    bool IsGate,
    PairedDifference Lenient,
    PairedDifference Strict,
    Rate ReplayedLenient,
    Rate ReplayedStrict,
    string? MayAddNothing)
{
    /// <summary>What the lenient comparison allows to say.</summary>
    public Verdict Verdict => Lenient.Verdict;

    /// <summary>The reading in words, with its numbers.</summary>
    public string Reading => Verdict switch
    {
        Verdict.Adds => Invariant($"adds {100 * Lenient.Difference:0.0} points"),
        Verdict.Subtracts => Invariant($"subtracts {-100 * Lenient.Difference:0.0} points"),
        _ => "no measurable effect",
    } + Invariant($": {100 * Lenient.With.Value:0.0}% with it, {100 * Lenient.Without.Value:0.0}% without; {Lenient.OnlyWith} images survive only with it, {Lenient.OnlyWithout} only without; Holm p = {Lenient.CorrectedP:0.000}");
}

/// <summary>The whole beside one of its members alone.</summary>
/// <param name="Member">The member's property name.</param>
/// <param name="Lenient">Lenient robust accuracy of the whole beside the member's, each attacked by itself.</param>
public sealed record MemberComparison(string Member, PairedDifference Lenient);
