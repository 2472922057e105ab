namespace Ensembles.Evaluation;

/// <summary>What one component of an ensemble is worth under attack.</summary>
/// <param name="Component">The component's property name.</param>
/// <param name="Role">"front", "member" or "gate".</param>
/// <param name="Lenient">
/// Lenient robust accuracy of the whole compared with that of the ensemble without the component, re-attacked.
/// </param>
/// <param name="Strict">The same for strict robust accuracy.</param>
/// <param name="ReplayedLenient">
/// Lenient robust accuracy without the component if only the adversarial images made against the whole are replayed:
/// cheap, but it flatters the reduced ensemble.
/// </param>
/// <param name="ReplayedStrict">The same for strict robust accuracy.</param>
/// <param name="MayAddNothing">Why the author keeps it although it may add nothing; null if nothing was stated.</param>
public sealed record Contribution(
    string Component,
    string Role,
    PairedDifference Lenient,
    PairedDifference Strict,
    Rate ReplayedLenient,
    Rate ReplayedStrict,
    string? MayAddNothing)
{
    /// <summary>What the lenient comparison shows.</summary>
    public Verdict Verdict => Lenient.Verdict;

    /// <summary>The verdict in words: "adds 4.5 points", "no measurable effect", "subtracts 2.0 points".</summary>
    public string Words => Verdict switch
    {
        Verdict.Adds => $"adds {Wording.Points(Lenient.Difference)[1..]} points",
        Verdict.Subtracts => $"subtracts {Wording.Points(Lenient.Difference)[1..]} points",
        _ => "no measurable effect",
    };

    /// <summary>The counts behind the verdict.</summary>
    public string Counts =>
        $"{Wording.Percent(Lenient.With.Value)} robust with it, {Wording.Percent(Lenient.Without.Value)} without; "
        + $"{Wording.Count(Lenient.OnlyWith, "image")} "
        + $"{(Lenient.OnlyWith == 1 ? "survives" : "survive")} only with it, "
        + $"{Lenient.OnlyWithout} only without";

    /// <summary>The verdict with its numbers, in one line.</summary>
    public string Reading => $"{Words}: {Counts}; Holm {Wording.P(Lenient.CorrectedP)}";
}

/// <summary>The whole compared with one of its members alone.</summary>
/// <param name="Member">The member's property name.</param>
/// <param name="Lenient">
/// Lenient robust accuracy of the whole compared with the member's, each attacked by itself.
/// </param>
public sealed record MemberComparison(string Member, PairedDifference Lenient);
