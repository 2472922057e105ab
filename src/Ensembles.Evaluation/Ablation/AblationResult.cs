using System.Text.Json.Serialization;
using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>What a study found, as data: every figure of a report, and the flags of each image behind them.</summary>
public sealed record AblationResult
{
    /// <summary>The robust accuracy below which, interval included, an ensemble does not hold.</summary>
    const double Holds = 0.1;

    /// <summary>The ensemble as declared.</summary>
    public required EnsembleDeclaration Declaration { get; init; }

    /// <summary>The threat everything is compared under.</summary>
    public required ThreatModel Threat { get; init; }

    /// <summary>The attacks run.</summary>
    public required IReadOnlyList<AttackDescription> Attacks { get; init; }

    /// <summary>The seed of the study.</summary>
    public required int Seed { get; init; }

    /// <summary>Images evaluated at once.</summary>
    public required int BatchSize { get; init; }

    /// <summary>K, the number of classes.</summary>
    public required int ClassCount { get; init; }

    /// <summary>SHA-256 of the test images and their labels; null in reports that do not know it.</summary>
    public string? ImagesHash { get; init; }

    /// <summary>Validation images the gates were calibrated on.</summary>
    public required int ValidationCount { get; init; }

    /// <summary>The whole ensemble.</summary>
    public required RobustnessResult Whole { get; init; }

    /// <summary>Each member alone, without gates, in order of declaration.</summary>
    public required IReadOnlyList<RobustnessResult> Members { get; init; }

    /// <summary>The undefended classifier measured beside them; null when there was none.</summary>
    public RobustnessResult? Undefended { get; init; }

    /// <summary>The ensemble with one component left out, in the order of <see cref="Contributions"/>.</summary>
    public required IReadOnlyList<RobustnessResult> Reduced { get; init; }

    /// <summary>What each component is worth; p-values are corrected over the components.</summary>
    public required IReadOnlyList<Contribution> Contributions { get; init; }

    /// <summary>The whole beside each member alone; p-values are corrected over the members.</summary>
    public required IReadOnlyList<MemberComparison> VersusMembers { get; init; }

    /// <summary>More ensembles that the whole is compared with; empty where the study was given none.</summary>
    public IReadOnlyList<RobustnessResult> Controls { get; init; } = [];

    /// <summary>The whole beside each of them; p-values are corrected over those of a kind.</summary>
    public IReadOnlyList<ControlComparison> VersusControls { get; init; } = [];

    /// <summary>
    /// The strengths that components claim, measured beside the undefended twin; empty where there was none.
    /// </summary>
    public IReadOnlyList<MeasuredClaim> Claims { get; init; } = [];

    /// <summary>
    /// Every subset of the members and gates, replayed on all that was found; null where there is one component, or
    /// more than <see cref="SubsetFigures.MostComponents"/>.
    /// </summary>
    public SubsetFigures? Subsets { get; init; }

    /// <summary>
    /// The ensemble with its gates at other rates, ascending, replayed likewise; empty where it has none of its own.
    /// </summary>
    public IReadOnlyList<GatePoint> GateCurve { get; init; } = [];

    /// <summary>How alike the members fail; null where there is one.</summary>
    public OrthogonalityFigures? Orthogonality { get; init; }

    /// <summary>Whether each gate keeps its false positive rate on the clean test images.</summary>
    public required IReadOnlyList<GateRate> Gates { get; init; }

    /// <summary>Checks of the attack on the whole.</summary>
    [JsonIgnore]
    public IReadOnlyList<SanityCheck> Checks => Whole.Checks;

    /// <summary>Some images with their adversarial images against the whole.</summary>
    public required IReadOnlyList<GalleryItem> Gallery { get; init; }

    /// <summary>N, the number of test images.</summary>
    public int Count => Whole.Count;

    /// <summary>
    /// Why these figures say nothing about robustness; empty when the attack stands up to its checks.
    /// </summary>
    public IReadOnlyList<string> Invalid =>
    [
        .. Checks.Count == 0 ? ["The attacks were not checked."] : Array.Empty<string>(),
        .. Checks.Where(check => !check.Passed).Select(check => $"{check.Name}: {check.Finding}"),
        .. AllAttacks.Select(record => record.Fault).OfType<string>(),
        .. Defenses.SelectMany(defense => defense.Refuted.Select(reason => $"{defense.Name}: {reason}")),
    ];

    /// <summary>Whether the attack stands up to all its checks.</summary>
    public bool Valid => Invalid.Count == 0;

    /// <summary>What the attacks noticed that makes their results less than they seem; empty when nothing.</summary>
    public IReadOnlyList<string> Warnings =>
    [
        .. AllAttacks
            .SelectMany(record => record.Warnings.Select(warning => $"{record.Attack} on {record.Defense}: {warning}"))
            .Distinct(),
    ];

    /// <summary>Every attack run, in the order of the defenses.</summary>
    [JsonIgnore]
    public IEnumerable<AttackRecord> AllAttacks => Defenses.SelectMany(defense => defense.Attacks);

    /// <summary>Every defense measured.</summary>
    [JsonIgnore]
    public IEnumerable<RobustnessResult> Defenses => [Whole, .. Members, .. Reduced, .. Controls, .. Baseline];

    /// <summary>The undefended classifier, if any.</summary>
    [JsonIgnore]
    internal IEnumerable<RobustnessResult> Baseline => Undefended is null ? [] : [Undefended];

    /// <summary>The member with the highest lenient robust accuracy at the threat's radius.</summary>
    [JsonIgnore]
    public MemberComparison BestMember => VersusMembers.MaxBy(comparison => comparison.Lenient.Without.Value)!;

    /// <summary>What to take from the figures, in a sentence.</summary>
    [JsonIgnore]
    public string Reading
    {
        get
        {
            var (name, best) = (Declaration.Name, BestMember.Member);
            return !Valid
                ? "Nothing follows from these figures about robustness: strengthen the attack, or mend what it names."
                : BestMember.Lenient.Verdict == Verdict.Subtracts
                ? $"{name} withstands less than {best} alone: what subtracts is named below, and better left out."
                : Whole.At(Threat.Epsilon).Lenient.High < Holds
                ? $"{name} does not withstand an attack that knows it at {Threat}. What has held there is training on "
                    + "adversarial images [20] and certified training; defenses that fall one by one fall together."
                : BeatsBestMember
                ? $"{name} withstands more than any of its members alone."
                : $"{name} withstands no more than {best} alone, as far as {Count} images can tell.";
        }
    }

    /// <summary>What so many images can show of the components, in words.</summary>
    [JsonIgnore]
    public string Power => PowerOf(Count, Math.Max(1, Contributions.Count));

    /// <summary>
    /// How many images would show a difference as large as the one measured, in words; empty where these did.
    /// </summary>
    /// <param name="found">A comparison of the whole.</param>
    /// <param name="comparisons">How many there are of its kind.</param>
    public static string PowerFor(PairedDifference found, int comparisons) =>
        found.Verdict != Verdict.NoMeasurableEffect ? ""
        : found.ImagesToShow(comparisons) is not { } images ? "No difference was measured at all."
        : FormattableString.Invariant($"A real difference of {Wording.Points(found.Difference)} points would take ")
            + FormattableString.Invariant($"about {images} images to show (four times in five).");

    /// <summary>What so many images can show, in words.</summary>
    /// <param name="images">How many images there are.</param>
    /// <param name="comparisons">Over how many comparisons the correction is.</param>
    public static string PowerOf(int images, int comparisons)
    {
        var smallest = PairedDifference.SmallestShown(comparisons);
        return smallest > images
            ? FormattableString.Invariant($"{images} images are too few to show any difference.")
            : FormattableString.Invariant($"With {images} images only a difference of {smallest} of them ")
                + FormattableString.Invariant($"({100.0 * smallest / images:0.0} points) or more can be shown.");
    }

    /// <summary>
    /// Whether the whole survives significantly more images than its best member alone (lenient, each attacked by
    /// itself). The p-value is corrected over the members, since the best one was chosen by the same images.
    /// </summary>
    public bool BeatsBestMember => BestMember.Lenient.Verdict == Verdict.Adds;

    /// <summary>The figures of the whole as text, and a line for each component.</summary>
    public override string ToString() => string.Join(
        Environment.NewLine,
        [
            Whole.ToString(),
            .. AllAttacks.Except(Whole.Attacks).Select(record => record.Fault).OfType<string>()
                .Select(fault => $"  INVALID {fault}"),
            $"  {Reading}",
            .. Contributions.Select(contribution => $"  {contribution.Component} {contribution.Reading}"),
            .. Contributions.Count > 0 ? [$"  {Power}"] : Array.Empty<string>(),
            .. Claims.Select(claim => $"  {claim.Component}, {claim.Strength}: {claim.Reading}"),
        ]);
}
