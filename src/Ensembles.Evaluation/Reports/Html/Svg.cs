using System.Text;
using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

/// <summary>
/// A chart as inline SVG. Its text is text of the page, in the page's fonts and colours: chart libraries measure and
/// place glyphs with the fonts of the machine that draws, and leave the text out where there are none.
/// </summary>
sealed class Svg
{
    readonly StringBuilder text = new();

    /// <param name="width">The width in user units; the page scales it.</param>
    /// <param name="height">The height in user units.</param>
    /// <param name="title">What the chart shows, for readers who cannot see it.</param>
    public Svg(double width, double height, string title) => text.Append(
        $"<svg class=\"chart\" viewBox=\"0 0 {Number(width)} {Number(height)}\" role=\"img\" "
        + $"aria-label=\"{Text(title)}\">\n");

    public void Line(string style, double x1, double y1, double x2, double y2) => text.Append(
        $"<line{Class(style)} x1=\"{Number(x1)}\" y1=\"{Number(y1)}\" x2=\"{Number(x2)}\" y2=\"{Number(y2)}\"/>\n");

    public void Polyline(IEnumerable<(double X, double Y)> points) => text.Append(
        $"<polyline points=\"{Points(points)}\"/>\n");

    public void Polygon(string style, IEnumerable<(double X, double Y)> points) => text.Append(
        $"<polygon{Class(style)} points=\"{Points(points)}\"/>\n");

    /// <param name="x">The centre's x.</param>
    /// <param name="y">The centre's y.</param>
    /// <param name="radius">The radius.</param>
    /// <param name="title">What is shown when the pointer rests on it; empty for nothing.</param>
    public void Circle(double x, double y, double radius, string title = "") => text.Append(
        $"<circle cx=\"{Number(x)}\" cy=\"{Number(y)}\" r=\"{Number(radius)}\">"
        + $"{(title == "" ? "" : $"<title>{Text(title)}</title>")}</circle>\n");

    /// <param name="style">The CSS class; empty for none.</param>
    /// <param name="x">Where the anchor stands.</param>
    /// <param name="y">The baseline, or the middle if <paramref name="centred"/>.</param>
    /// <param name="words">The text.</param>
    /// <param name="anchor">"start", "middle" or "end".</param>
    /// <param name="centred">Whether the text is centred vertically on <paramref name="y"/>.</param>
    public void Label(
        string style, double x, double y, string words, string anchor = "start", bool centred = false) => text.Append(
        $"<text{Class(style)} x=\"{Number(x)}\" y=\"{Number(y)}\"{(centred ? " dy=\"0.35em\"" : "")}"
        + $" text-anchor=\"{anchor}\">{Text(words)}</text>\n");

    /// <summary>Starts a group of shapes that share a CSS class; <see cref="EndGroup"/> ends it.</summary>
    public void BeginGroup(string style) => text.Append($"<g{Class(style)}>");

    public void EndGroup() => text.Append("</g>\n");

    public override string ToString() => $"{text}</svg>\n";

    static string Class(string style) => style == "" ? "" : $" class=\"{style}\"";

    static string Points(IEnumerable<(double X, double Y)> points) =>
        string.Join(" ", points.Select(point => $"{Number(point.X)},{Number(point.Y)}"));
}
