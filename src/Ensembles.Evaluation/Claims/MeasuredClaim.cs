using System.Text.Json.Serialization;
using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>A strength that a component claims, measured on the trained component beside its undefended twin.</summary>
public sealed record MeasuredClaim
{
    /// <summary>The component's property name.</summary>
    public required string Component { get; init; }

    /// <summary>The strength's name, for example "non-robust feature removal".</summary>
    public required string Strength { get; init; }

    /// <summary>Whether it shows.</summary>
    public required ClaimVerdict Verdict { get; init; }

    /// <summary>What was measured; empty where nothing was.</summary>
    public string Quantity { get; init; } = "";

    /// <summary>The quantity on the defense; null where it was not measured.</summary>
    public Estimate? Defense { get; init; }

    /// <summary>The quantity on the undefended twin; null where it was not measured.</summary>
    public Estimate? Twin { get; init; }

    /// <summary>What the quantity on the defense has to reach; null where that is no number.</summary>
    public double? Required { get; init; }

    /// <summary>How many parts of the images it was measured on beside the whole; 0 where they are too few.</summary>
    public int Parts { get; init; }

    /// <summary>On how many of these parts it shows.</summary>
    public int ShowsOnParts { get; init; }

    /// <summary>Why it was not measured; null where it was.</summary>
    public string? Reason { get; init; }

    /// <summary>Why its author claims it although it may not show here; null if nothing was stated.</summary>
    public string? MayNotShow { get; init; }

    /// <summary>The verdict in a word or two.</summary>
    [JsonIgnore]
    public string Words => Verdict switch
    {
        ClaimVerdict.Holds => "holds",
        ClaimVerdict.Undecided => Invariant($"undecided: shows, but on {ShowsOnParts} of {Parts} parts of the images"),
        ClaimVerdict.Fails => "does not show",
        _ => $"not measured: {Reason}",
    };

    /// <summary>The figures: "0.61 [0.52, 0.7], undefended 0.82 [0.74, 0.9], at most 0.41 needed".</summary>
    [JsonIgnore]
    public string Numbers => Defense is null ? "" : $"{Defense}, undefended {Twin}{Need}";

    /// <summary>Verdict and figures: "does not show: 0.61 [0.52, 0.7], undefended 0.82, at most 0.41 needed".</summary>
    [JsonIgnore]
    public string Reading => Defense is null ? Words : $"{Words}: {Numbers}";

    string Need => Required is not { } required ? ""
        // On which side the better quantities are shows in where it stands.
        : (Defense!.Value <= required) == (Verdict != ClaimVerdict.Fails)
            ? Invariant($", at most {required:0.###} needed")
            : Invariant($", at least {required:0.###} needed");
}

/// <summary>Whether a claimed strength shows.</summary>
public enum ClaimVerdict
{
    /// <summary>It shows on all images, and on each part of them that it was measured on.</summary>
    Holds,

    /// <summary>It shows on all images together, and not on each part: other images may say otherwise.</summary>
    Undecided,

    /// <summary>It does not show.</summary>
    Fails,

    /// <summary>It could not be measured.</summary>
    NotMeasured,
}
