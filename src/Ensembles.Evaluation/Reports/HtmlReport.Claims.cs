using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

public static partial class HtmlReport
{
    static string Claims(AblationResult result)
    {
        const string heading = "What the components claim";
        if (result.Claims.Count == 0)
        {
            return Section("claims", heading, result.Undefended is null
                ? "<p>No claim was measured: that takes an undefended classifier of the same architecture, and the "
                    + "study was given none.</p>"
                : "<p>No component claims a strength that can be measured.</p>");
        }

        var parts = result.Claims.Max(claim => claim.Parts);
        var interval = parts == 0 ? "" : $"""
             Intervals are 95% intervals over images (jackknife without each of {parts} parts, Student's t); a claim
            holds where it shows on all images and without each of the parts.
            """;
        return Section("claims", heading,
            $"""
            <p>Each strength that a component claims, measured on the trained component and on the undefended classifier
            by the strength's own measurement. A strength says how a defense works, not that it withstands an
            attack.</p>
            """,
            $"<ul class=\"readings\">\n{string.Concat(result.Claims.Select(Claim))}</ul>",
            Stacked(Table(
                $"Claims on clean test images.{interval}",
                ["Component", "Strength", "Measured", "Component's", "Undefended", "Needed"],
                result.Claims.Where(claim => claim.Defense is not null).Select(claim => (string[])
                [
                    Text(claim.Component), Text(claim.Strength), Text(claim.Quantity),
                    Cell(claim.Defense!), Cell(claim.Twin!),
                    claim.Required is { } needed ? FormattableString.Invariant($"{needed:0.###}") : "–",
                ]),
                words: [1, 2])));
    }

    static string Claim(MeasuredClaim claim)
    {
        var style = claim.Verdict switch
        {
            ClaimVerdict.Holds => "adds",
            ClaimVerdict.Fails => "subtracts",
            _ => "nothing",
        };
        var numbers = claim.Defense is null ? "" : $"<p>{Text(claim.Numbers)}.</p>";
        var stated = claim.MayNotShow is { } why ? $"<p>Declared openly: it may not show. {Text(why)}</p>" : "";
        return $"<li><b>{Text(claim.Component)}</b>"
            + $"<div>{Text(claim.Strength)} <span class=\"{style}\">{Text(claim.Words)}</span>{numbers}{stated}"
            + "</div></li>\n";
    }
}
