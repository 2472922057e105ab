using System.Text;

namespace Ensembles.Evaluation;

/// <summary>
/// A report as Markdown for a pull request: the verdict, the figures, what each component is worth and what it claims.
/// </summary>
public sealed class MarkdownReport : IReportExporter
{
    /// <inheritdoc/>
    public string FileName => "report.md";

    /// <inheritdoc/>
    public string Write(RobustnessReport report)
    {
        var (result, text) = (report.Result, new StringBuilder());
        var at = result.Whole.At(result.Threat.Epsilon);
        var attacks = string.Join(", ", result.Attacks.Select(attack => attack.Name));
        text.AppendLine($"# {Text(report.Title)}").AppendLine();
        text.AppendLine($"**{(result.Valid ? "VALID" : "INVALID")}.** {Text(result.Reading)}").AppendLine();
        foreach (var reason in result.Invalid)
            text.AppendLine($"- INVALID: {Text(reason)}");
        foreach (var warning in result.Warnings)
            text.AppendLine($"- Warning: {Text(warning)}");
        foreach (var (source, images) in result.Whole.Lowered)
            text.AppendLine($"- Lowered: {Wording.Count(images, "image")} fell to {Text(source)}");
        text.AppendLine().AppendLine(
            $"{Text(report.Dataset)}; {result.Threat}; {Text(attacks)}; {result.Count} images; seed {result.Seed}.");
        var robust = result.Valid ? "robust" : "unproven: stood";
        Table(text,
            ["defense", "clean", "accepted", $"{robust}, lenient", $"{robust}, strict"],
            result.Defenses.Select(defense => new[]
            {
                defense.Name, $"{defense.Clean}", Wording.Percent(defense.Coverage.Value),
                $"{defense.At(result.Threat.Epsilon).Lenient}", $"{defense.At(result.Threat.Epsilon).Strict}",
            }));
        Table(text,
            ["component", "verdict", "difference, points", "p, Holm"],
            result.Contributions.Select(of => new[]
            {
                of.Component, of.Words,
                $"{Wording.Points(of.Lenient.Difference)} [{Wording.Points(of.Lenient.Low)}, "
                    + $"{Wording.Points(of.Lenient.High)}]",
                Wording.PValue(of.Lenient.CorrectedP),
            }));
        if (result.Contributions.Count > 0)
            text.AppendLine().AppendLine(result.Power);
        Table(text,
            ["component", "claims", "verdict", "measured"],
            result.Claims.Select(claim => new[] { claim.Component, claim.Strength, claim.Words, claim.Numbers }));
        if (result.Orthogonality is { Weaknesses.Count: > 0 } figures)
        {
            text.AppendLine().AppendLine("What is left to attack:").AppendLine();
            foreach (var weakness in figures.Weaknesses)
                text.AppendLine($"- {Text(weakness)}");
        }

        return text.AppendLine().AppendLine($"Made by `{report.Command}`.").ToString();
    }

    static void Table(StringBuilder text, string[] headings, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        text.AppendLine().AppendLine($"| {string.Join(" | ", headings)} |");
        text.AppendLine($"|{string.Concat(headings.Select(_ => "---|"))}");
        foreach (var row in all)
            text.AppendLine($"| {string.Join(" | ", row.Select(Text))} |");
    }

    /// <summary>Text that Markdown takes for text: names come from users.</summary>
    static string Text(string text)
    {
        var escaped = new StringBuilder();
        foreach (var letter in text)
        {
            if (@"\`*_{}<>#|".Contains(letter, StringComparison.Ordinal))
                escaped.Append('\\');
            escaped.Append(letter is '\r' or '\n' ? ' ' : letter);
        }

        return escaped.ToString();
    }
}
