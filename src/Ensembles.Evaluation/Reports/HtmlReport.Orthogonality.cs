using static System.FormattableString;
using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

public static partial class HtmlReport
{
    static string Orthogonality(AblationResult result)
    {
        if (result.Orthogonality is not { } figures)
            return "";
        return Section("orthogonality", "How alike the members fail",
            LeftToAttack(figures),
            Table(
                $"""
                Transfer at {Text(result.Threat.ToString())}: of the images that broke the member on the left, and that
                the member above gets right without a perturbation, how many break that one too.
                """,
                ["Made against", .. figures.Members],
                figures.Members.Select(from => (string[])
                [
                    Text(from), .. figures.Members.Select(to => Transfer(figures, from, to)),
                ])),
            Table(
                """
                Cosine of the gradients of the margins, on clean images that both get right: near 0 the directions have
                nothing in common, near 1 one step fools both. Correlation (phi) of the errors on the images that the
                attack on the whole ended with. 95% intervals over images (bootstrap; Fisher).
                """,
                ["Pair", "Gradient cosine", "Error correlation"],
                figures.Gradients.Zip(figures.Errors, (gradients, errors) => (string[])
                [
                    Text($"{gradients.First}, {gradients.Second}"),
                    gradients.Value is { } cosine ? Cell(cosine) : "–", errors.Value is { } phi ? Cell(phi) : "–",
                ])),
            figures.FirstFalls.Count == 0 ? "" : Table(
                "What each image of the whole fell to first, in the order in which the attacks and checks ran.",
                ["Fell to", "Images"],
                figures.FirstFalls.Select(fell => (string[])[Text(fell.Source), $"{fell.Images}"])));
    }

    static string LeftToAttack(OrthogonalityFigures figures) =>
        figures.Weaknesses.Count > 0
            ? $"<ul>{string.Concat(figures.Weaknesses.Select(weakness => $"<li>{Text(weakness)}</li>"))}</ul>"
            : figures.IsEmpty
            ? "<p>Nothing is known of it: nothing broke the members, and no two are right on one image.</p>"
            : "<p>No two members were found to fail together, and none of the strengths is claimed twice.</p>";

    static string Transfer(OrthogonalityFigures figures, string from, string to)
    {
        if (from == to)
            return "–";
        var pair = figures.Transfer.Single(of => of.From == from && of.To == to);
        return pair.Share is not { } share ? "none" : Invariant(
            $"<span class=\"heat\" style=\"--share: {share.Value:0.###}\">{Wording.Percent(share.Value)}</span>")
            + Invariant($" <small>of {pair.Images}</small>");
    }
}
