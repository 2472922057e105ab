using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

public static partial class HtmlReport
{
    /// <summary>Subsets that the table shows where there are more.</summary>
    const int SubsetsShown = 16;

    static string Subsets(AblationResult result)
    {
        if (result.Subsets is not { } subsets)
            return "";
        var shown = subsets.Subsets.OrderByDescending(subset => subset.Lenient.Value)
            .ThenBy(subset => subset.Components.Count).Take(SubsetsShown).ToList();
        var most = shown.Count < subsets.Subsets.Count ? $"The {shown.Count} best of {subsets.Subsets.Count} subsets."
            : $"All {shown.Count} subsets.";
        return Section("subsets", "Every subset, replayed",
            $"""
            <p>What every subset of the members and gates decides on the {subsets.Replayed} adversarial images of this
            study, without an attack of its own: its robust accuracy is an upper bound wherever it was not attacked.
            {Text(BestSubset(subsets))}</p>
            """,
            $"""
            <figure>
            {IntervalChart.Draw(
                "Share of each component in the robust accuracy of the whole, with 95% intervals",
                $"share of the lenient robust accuracy, points, at {result.Threat}",
                [.. subsets.Shares.Select(share => new IntervalRow(
                    share.Component, Wording.Points(share.Share.Value), "r-nothing",
                    [("m-lenient", share.Share.Value, share.Share.Low ?? share.Share.Value,
                        share.Share.High ?? share.Share.Value)]))])}
            <figcaption>Shapley's shares: what each component adds to the subsets of the others, on average over all
            orders in which they could come together. They add up to {Wording.Percent(subsets.Whole.Lenient.Value)}, the
            figure of the whole. Bars are 95% intervals over images (bootstrap).</figcaption>
            </figure>
            """,
            Stacked(Table(
                most + (subsets.Draws > 1 ? $" Means over {subsets.Draws} draws." : ""),
                ["Subset", "Clean", "Accepted", "Lenient, at most", "Strict, at most"],
                shown.Select(subset => (string[])
                [
                    Text(string.Join(" + ", subset.Components)), Cell(subset.Clean),
                    Wording.Percent(subset.Coverage.Value), Cell(subset.Lenient), Cell(subset.Strict),
                ]))),
            Table(
                """
                What two components add together beyond what each adds alone, in points: below 0 they do the same work,
                above 0 each needs the other.
                """,
                ["Pair", "Interaction", "95% interval"],
                subsets.Pairs.OrderBy(pair => pair.Interaction.Value).Select(pair => (string[])
                [
                    Text($"{pair.First}, {pair.Second}"), Wording.Points(pair.Interaction.Value),
                    pair.Interaction is { Low: { } low, High: { } high }
                        ? $"[{Wording.Points(low)}, {Wording.Points(high)}]"
                        : "–",
                ])));
    }

    static string BestSubset(SubsetFigures subsets)
    {
        var (best, whole) = (subsets.Best, subsets.Whole);
        return best == whole
            ? "None of them is better than the whole."
            : $"{string.Join(" + ", best.Components)} keeps {Wording.Percent(best.Lenient.Value)} where the whole "
                + $"keeps {Wording.Percent(whole.Lenient.Value)}: whether it is as good or better takes an attack on "
                + "it, and other images, since it was chosen by these.";
    }
}
