using System.Net;
using System.Text;

namespace Ensembles.Evaluation;

/// <summary>Pieces of HTML. Everything that comes from outside goes through <see cref="Text"/>.</summary>
static class Markup
{
    /// <summary>Text as HTML.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A coordinate or a size, short and with a point.</summary>
    public static string Number(double value) => FormattableString.Invariant($"{value:0.##}");

    /// <summary>A section with its heading.</summary>
    public static string Section(string id, string heading, params ReadOnlySpan<string> content) =>
        $"<section id=\"{id}\">\n<h2>{Text(heading)}</h2>\n{string.Join("\n", content)}\n</section>\n";

    /// <summary>A table. Its rows are headed by their first cells.</summary>
    /// <param name="caption">The caption, as HTML.</param>
    /// <param name="headings">The headings, as text.</param>
    /// <param name="rows">The cells, as HTML.</param>
    /// <param name="words">The columns after the first that hold words; all others hold figures.</param>
    public static string Table(string caption, string[] headings, IEnumerable<string[]> rows, params int[] words)
    {
        string Class(int column) => column == 0 || words.Contains(column) ? "" : " class=\"n\"";
        var html = new StringBuilder("<div class=\"wide\"><table>\n");
        html.Append($"<caption>{caption}</caption>\n<thead><tr>");
        for (var column = 0; column < headings.Length; column++)
            html.Append($"<th scope=\"col\"{Class(column)}>{Text(headings[column])}</th>");
        html.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in rows)
        {
            html.Append($"<tr><th scope=\"row\">{row[0]}</th>");
            for (var column = 1; column < row.Length; column++)
                html.Append($"<td{Class(column)}>{row[column]}</td>");
            html.Append("</tr>\n");
        }
        return html.Append("</tbody></table></div>\n").ToString();
    }

    /// <summary>Text as HTML that is kept on one line.</summary>
    public static string Unbroken(string text) => $"<span class=\"nb\">{Text(text)}</span>";

    /// <summary>A table whose intervals stand below their figures.</summary>
    public static string Stacked(string table) => $"<div class=\"stacked\">{table}</div>";

    /// <summary>A share with its interval in small print.</summary>
    public static string Cell(Rate rate) => FormattableString.Invariant(
        $"{100 * rate.Value:0.0}% <small>[{100 * rate.Low:0.0}, {100 * rate.High:0.0}]</small>");

    /// <summary>A quantity, with its interval in small print where it has one.</summary>
    public static string Cell(Estimate estimate) => estimate is { Low: { } low, High: { } high }
        ? FormattableString.Invariant($"{estimate.Value:0.###} <small>[{low:0.###}, {high:0.###}]</small>")
        : FormattableString.Invariant($"{estimate.Value:0.###}");
}
