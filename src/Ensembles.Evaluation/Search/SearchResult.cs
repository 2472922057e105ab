using System.Text;
using System.Text.Json.Serialization;
using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>What a search found, as data.</summary>
public sealed record SearchResult
{
    /// <summary>The threat everything was attacked under.</summary>
    public required ThreatModel Threat { get; init; }

    /// <summary>The attacks run.</summary>
    public required IReadOnlyList<AttackDescription> Attacks { get; init; }

    /// <summary>What counts as withstood; see <see cref="EnsembleSearch.Criterion"/>.</summary>
    [JsonIgnore]
    public Criterion Criterion { get; init; } = Criterion.Disrupted;

    /// <summary>"strict" or "lenient".</summary>
    public string Measure => Criterion == Criterion.Misclassified ? "lenient" : "strict";

    /// <summary>The seed of the search.</summary>
    public required int Seed { get; init; }

    /// <summary>How many ensembles were replayed.</summary>
    public required int Considered { get; init; }

    /// <summary>How many images they were chosen on.</summary>
    public required int Images { get; init; }

    /// <summary>Each classifier of the pool alone, on the images that were chosen on.</summary>
    public required IReadOnlyList<SearchedFigures> Classifiers { get; init; }

    /// <summary>The ensembles that were attacked, on the images that were chosen on, the most robust first.</summary>
    public required IReadOnlyList<SearchedFigures> Attacked { get; init; }

    /// <summary>
    /// How many ensembles were not attacked although replayed images leave more of them than attacks leave of the
    /// winner: the budget ended before they could be ruled out.
    /// </summary>
    public required int Open { get; init; }

    /// <summary>The winner on the images that it was chosen on.</summary>
    public required SearchedFigures Winner { get; init; }

    /// <summary>The winner on images held out, with the checks of its attack.</summary>
    public required RobustnessResult HeldOut { get; init; }

    /// <summary>Its members and the best classifier of the pool, on images held out.</summary>
    public required IReadOnlyList<RobustnessResult> Others { get; init; }

    /// <summary>The winner beside each of these, on images held out; p-values are corrected over them.</summary>
    public required IReadOnlyList<SearchComparison> Comparisons { get; init; }

    /// <summary>The winner as C# to paste.</summary>
    public required string Declaration { get; init; }

    /// <summary>The comparison with the classifier that withstands most on images held out.</summary>
    [JsonIgnore]
    public SearchComparison BestClassifier => Comparisons.MaxBy(comparison => comparison.Robust.Without.Value)!;

    /// <summary>
    /// Whether the winner withstands significantly more than each of its members and than the best classifier of the
    /// pool, under an attack that passes its checks.
    /// </summary>
    [JsonIgnore]
    public bool BeatsEveryClassifier =>
        HeldOut.Valid && Comparisons.All(comparison => comparison.Robust.Verdict == Verdict.Adds);

    /// <summary>
    /// By how much the winner's robust accuracy is higher where it was chosen than where it was not: the winner's
    /// curse, and what the two sets of images differ by.
    /// </summary>
    [JsonIgnore]
    public double Curse => Winner.Robust(Criterion).Value - BestClassifier.Robust.With.Value;

    /// <summary>What to take from the figures, in sentences.</summary>
    [JsonIgnore]
    public string Reading
    {
        get
        {
            var name = Winner.Ensemble.Name;
            var best = Comparisons.Where(by => BeatsEveryClassifier || by.Robust.Verdict != Verdict.Adds)
                .MaxBy(by => by.Robust.Without.Value) ?? BestClassifier;
            var verdict = !HeldOut.Valid
                ? "The attack on the winner fails its checks: nothing follows about its robustness."
                : BeatsEveryClassifier
                ? $"By {Measure} robust accuracy {name} withstands more than any of its members and than the best "
                    + "classifier alone: "
                    + $"{Wording.Percent(best.Robust.With.Value)} against "
                    + $"{Wording.Percent(best.Robust.Without.Value)} of {best.Classifier} on images held out, Holm "
                    + $"{Wording.P(best.Robust.CorrectedP)}."
                : $"By {Measure} robust accuracy no ensemble was shown to withstand more than {best.Classifier} "
                    + $"alone: {name}, the best that was found, "
                    + $"keeps {Wording.Percent(best.Robust.With.Value)} against "
                    + $"{Wording.Percent(best.Robust.Without.Value)} of images held out, Holm "
                    + $"{Wording.P(best.Robust.CorrectedP)}.";
            var draws = !HeldOut.Valid || HeldOut.Survival.Draws == 1
                ? ""
                : $" These are means over draws; in all of {HeldOut.Survival.Draws} it keeps "
                    + $"{Wording.Percent(HeldOut.Survival.Worst(Criterion, Threat.Epsilon).Value)}.";
            var curse = $" Where it was chosen it kept {Wording.Percent(Winner.Robust(Criterion).Value)}, "
                + $"{Wording.Points(Curse)} points to what it keeps where it was not.";
            var open = Open == 0 ? "" : $" {Wording.Count(Open, "ensemble")} might be better still and "
                + $"{(Open == 1 ? "was" : "were")} not attacked.";
            return verdict + draws + curse + open;
        }
    }

    Rate Mean(RobustnessResult of, Criterion criterion) => of.Survival.Mean(criterion, Threat.Epsilon);

    /// <summary>Writes search.md and search.json into a folder, each completely or not at all.</summary>
    /// <exception cref="IOException">The folder cannot be written, or the disk is full.</exception>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        WriteText("search.md", $"{this}{Environment.NewLine}");
        WriteText("search.json", ReportJson.Of(this));

        void WriteText(string name, string text) => AtomicFile.Write(Path.Combine(folder, name), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            writer.Write(text);
        });
    }

    /// <summary>The figures as a Markdown table, what to take from them, and the winner's declaration.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine($"{Considered} ensembles, {Attacked.Count} attacked, {Threat}, {Images} images").AppendLine();
        text.AppendLine("| defense | forwards | clean | coverage | robust, lenient | robust, strict |");
        text.AppendLine("|---|---|---|---|---|---|");
        foreach (var of in Classifiers.Concat(Attacked))
            text.AppendLine(
                $"| {of.Ensemble.Name} | {of.Ensemble.Forwards} | {of.Clean} | {of.Coverage} | {of.Lenient} | "
                + $"{of.Strict} |");
        text.AppendLine().AppendLine($"On {HeldOut.Count} images held out, compared by {Measure} robust accuracy:");
        text.AppendLine();
        text.AppendLine("| defense | clean | robust, lenient | robust, strict | winner minus it | p, Holm |");
        text.AppendLine("|---|---|---|---|---|---|");
        foreach (var (of, by) in Others.Zip<RobustnessResult, SearchComparison?>(Comparisons).Prepend((HeldOut, null)))
        {
            var (lenient, strict) = (Mean(of, Criterion.Misclassified), Mean(of, Criterion.Disrupted));
            var compared = by is null
                ? " | "
                : $"{Wording.Points(by.Robust.Difference)} points | {Wording.PValue(by.Robust.CorrectedP)}";
            text.AppendLine($"| {of.Name} | {of.Clean} | {lenient} | {strict} | {compared} |");
        }

        foreach (var reason in HeldOut.Invalid)
            text.AppendLine().Append($"INVALID {reason}");
        text.AppendLine().AppendLine(Reading).AppendLine();
        return text.AppendLine("```csharp").Append(Declaration).Append("```").ToString();
    }
}

/// <summary>The winner of a search compared with a classifier, image by image.</summary>
/// <param name="Classifier">The classifier's name.</param>
/// <param name="Robust">Robust accuracy of the winner compared with the classifier's.</param>
public sealed record SearchComparison(string Classifier, PairedDifference Robust);
