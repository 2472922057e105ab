using System.Text;
using System.Text.Json.Serialization;
using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>How robust one defense is: the figures of a report, and the counts of each image behind them.</summary>
public sealed record RobustnessResult
{
    /// <summary>Fewer images than these get a remark: their interval is 11 points wide and more.</summary>
    const int FewImages = 30;

    /// <summary>The defense's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it survived, per radius and image.</summary>
    public required Survival Survival { get; init; }

    /// <summary>For each clean image, the draws in which it is accepted under any label.</summary>
    public required int[] Accepted { get; init; }

    /// <summary>The attacks run on this defense.</summary>
    public required IReadOnlyList<AttackRecord> Attacks { get; init; }

    /// <summary>
    /// Checks of the attacks on this defense; empty for a part of an ensemble, as a study checks its attacks on the
    /// whole.
    /// </summary>
    public IReadOnlyList<SanityCheck> Checks { get; init; } = [];

    /// <summary>How much was spent on these checks.</summary>
    public CheckBudget CheckBudget { get; init; }

    /// <summary>
    /// What beside its attacks broke images of this defense, in the order it was tried: checks of the attacks, and
    /// images made against other defenses. It counts: an image that anything breaks is broken.
    /// </summary>
    public IReadOnlyList<Lowering> Lowered { get; init; } = [];

    /// <summary>What is proven of the test images, beside what attacks leave of them; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CertifiedAccuracy? Certified { get; init; }

    /// <summary>
    /// Why the certificates are wrong: images that fell inside their certified radius. A proof that an attack refutes
    /// is
    /// none, and of the other images nothing is known either.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<string> Refuted => Certified is { } certified ? [.. Crossings(certified)] : [];

    /// <summary>
    /// Why these figures say nothing about robustness; empty if the attacks pass their checks, and refute no
    /// certificate.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<string> Invalid =>
    [
        .. Checks.Count == 0
            ? ["The attacks were not checked."]
            : Array.Empty<string>(),
        .. CleanWorst.Value == 0 && Clean.Value == 0
            ? ["No clean image is right, so there was nothing to attack: is the network trained, and for these labels?"]
            : Array.Empty<string>(),
        .. Checks.Where(check => !check.Passed).Select(check => $"{check.Name}: {check.Finding}"),
        .. Attacks.Select(record => record.Fault).OfType<string>(),
        .. Refuted,
    ];

    /// <summary>Whether the attacks pass all their checks.</summary>
    [JsonIgnore]
    public bool Valid => Invalid.Count == 0;

    /// <summary>N, the number of test images: the denominator of every figure.</summary>
    public int Count => Accepted.Length;

    /// <summary>
    /// The share of clean images accepted under their label, the mean over draws; a rejected one is an error.
    /// </summary>
    public Rate Clean => Survival.Mean(Criterion.Misclassified, 0);

    /// <summary>
    /// The share of clean images accepted under their label in all draws; neither robust accuracy can be higher.
    /// </summary>
    public Rate CleanWorst => Survival.Worst(Criterion.Misclassified, 0);

    /// <summary>The share of clean images accepted, the mean over draws.</summary>
    public Rate Coverage => Rate.Of(Accepted.Sum(count => (long)count) / (double)Survival.Draws, Count);

    /// <summary>The share of accepted clean images that is right; null when none is accepted.</summary>
    public double? Selective => Coverage.Value > 0 ? Clean.Value / Coverage.Value : null;

    /// <summary>The figures at each radius, the clean images first.</summary>
    public IReadOnlyList<RobustAccuracy> Accuracies => [.. Survival.Epsilons.Select(At)];

    /// <summary>The figures at a radius.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The radius was not evaluated.</exception>
    public RobustAccuracy At(double epsilon) => new(
        epsilon,
        Lenient: Survival.Worst(Criterion.Misclassified, epsilon),
        Strict: Survival.Worst(Criterion.Disrupted, epsilon),
        LenientMean: Survival.Mean(Criterion.Misclassified, epsilon).Value,
        StrictMean: Survival.Mean(Criterion.Disrupted, epsilon).Value);

    /// <summary>
    /// The figures as text, headed by VALID or INVALID with the reasons. A result that is not valid has no robust
    /// accuracy; what stood stands below, as unproven.
    /// </summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append($"{(Valid ? "VALID" : "INVALID")} {Name}: clean accuracy {Clean}");
        text.Append(Valid ? Robust() : ", no robust accuracy");
        string[] attacks = [.. Attacks.Select(record => record.Attack).Distinct()];
        text.Append($" ({Wording.Count(Count, "image")}");
        text.Append(attacks.Length > 0 ? $"; {string.Join(", ", attacks)}" : "; no attack");
        text.Append(CheckBudget == CheckBudget.None
            ? "; no checks)"
            : $"; {CheckBudget.ToString().ToLowerInvariant()} checks)");
        foreach (var reason in Invalid)
            text.Append($"{Environment.NewLine}  INVALID {reason}");
        if (!Valid)
            text.Append($"{Environment.NewLine}  unproven{Robust()}");
        foreach (var (source, images) in Lowered)
            text.Append($"{Environment.NewLine}  lowered: {Wording.Count(images, "image")} fell to: {source}");
        foreach (var remark in Remarks())
            text.Append($"{Environment.NewLine}  warning {remark}");
        foreach (var warning in Attacks.SelectMany(record => record.Warnings).Distinct())
            text.Append($"{Environment.NewLine}  warning {warning}");
        return text.ToString();
    }

    /// <summary>What the images cannot show.</summary>
    IEnumerable<string> Remarks()
    {
        if (Count < FewImages)
            yield return $"{Wording.Count(Count, "image")} can show little: if all survived, "
                + $"{Wording.Percent(Rate.Of(Count, Count).Low)} might still be all there is";
        if (Clean.Value < 0.5)
            yield return $"{Wording.Percent(1 - Clean.Value)} of the clean images are wrong without any attack, so "
                + "robust accuracy says little here: is the network trained, and are images and labels what it knows?";
    }

    string Robust() => string.Concat(Accuracies.Skip(1).Select(at =>
        FormattableString.Invariant($", robust accuracy at {at.Epsilon:G4} {at.Lenient}")
        + (at.Strict == at.Lenient ? "" : $" lenient, {at.Strict} strict")
        + (Certified is null ? "" : $", certified {Certified.At(at.Epsilon)}")));

    /// <summary>The radii at which images fell that are certified that far.</summary>
    IEnumerable<string> Crossings(CertifiedAccuracy certified)
    {
        // What rests on samples errs now and then: one image in 1,000 at a confidence of 0.999.
        var accepted = certified.Confidence < 1 ? Math.Ceiling(3 * Count * (1 - certified.Confidence)) : 0;
        for (var level = 1; level < Survival.Epsilons.Length; level++)
        {
            var radius = Survival.Epsilons[level];
            var counts = certified.MayReject ? Survival.Lenient[level] : Survival.Strict[level];
            int[] fallen =
            [
                .. Enumerable.Range(0, Count).Where(image =>
                    certified.Holds(image, radius + Candidates.Tolerance) && counts[image] < Survival.Draws),
            ];
            if (fallen.Length > accepted)
                yield return FormattableString.Invariant(
                    $"certificates: {Wording.Count(fallen.Length, "image")} fell at {radius:G4} ")
                    + $"although certified that far (image {fallen[0]} the first), so a certificate is wrong or is one "
                    + "of another defense";
        }
    }
}

/// <summary>
/// Robust accuracy at a radius: the share of ALL test images that are right when clean and under every candidate.
/// </summary>
/// <param name="Epsilon">The radius; 0 for the clean images.</param>
/// <param name="Lenient">A rejected adversarial image is a success of the defender. Worst of k draws.</param>
/// <param name="Strict">A rejected adversarial image is an error. Worst of k draws.</param>
/// <param name="LenientMean">
/// The lenient figure as a mean over draws, for an attacker who cannot foresee the draw. Attacks stop working on an
/// image once most draws fall, so a more patient attack could lower it further.
/// </param>
/// <param name="StrictMean">The strict figure as a mean over draws.</param>
public sealed record RobustAccuracy(double Epsilon, Rate Lenient, Rate Strict, double LenientMean, double StrictMean);
