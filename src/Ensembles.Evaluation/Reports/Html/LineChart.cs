using System.Text;
using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

/// <summary>One line of a chart.</summary>
/// <param name="Name">Its label.</param>
/// <param name="Style">Its CSS class.</param>
/// <param name="Points">x ascending; y in [0, 1].</param>
sealed record Line(string Name, string Style, IReadOnlyList<(double X, double Y)> Points);

/// <summary>
/// Shares over a radius, as inline SVG. Text is text of the page, in the page's fonts and colours: chart libraries measure and place
/// glyphs with the fonts of the machine that draws, and leave the text out where there are none.
/// </summary>
static class LineChart
{
    const double Width = 760, Height = 380, Left = 46, Right = 170, Top = 14, Bottom = 46, LabelHeight = 17;

    /// <param name="title">What the chart shows, for readers who cannot see it.</param>
    /// <param name="axis">The label of the x axis.</param>
    /// <param name="lines">The lines, the most important last.</param>
    /// <param name="band">An interval around one line, drawn behind all; empty for none.</param>
    /// <param name="chance">The share of a guesser.</param>
    /// <param name="mark">The radius to mark.</param>
    public static string Svg(string title, string axis, IReadOnlyList<Line> lines, IReadOnlyList<(double X, double Low, double High)> band, double chance, double mark)
    {
        var largest = lines.SelectMany(line => line.Points).Max(point => point.X);
        double X(double x) => Left + x / largest * (Width - Left - Right);
        double Y(double y) => Top + (1 - y) * (Height - Top - Bottom);

        var svg = new StringBuilder();
        svg.Append($"<svg class=\"chart\" viewBox=\"0 0 {Number(Width)} {Number(Height)}\" role=\"img\" aria-label=\"{Text(title)}\">\n");
        for (var percent = 0; percent <= 100; percent += 20)
        {
            var y = Number(Y(percent / 100.0));
            svg.Append($"<line class=\"grid\" x1=\"{Number(Left)}\" y1=\"{y}\" x2=\"{Number(Width - Right)}\" y2=\"{y}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{Number(Left - 8)}\" y=\"{y}\" dy=\"0.35em\" text-anchor=\"end\">{percent}%</text>\n");
        }
        foreach (var tick in Scale.Ticks(0, largest, 6))
        {
            svg.Append($"<line class=\"axis\" x1=\"{Number(X(tick))}\" y1=\"{Number(Y(0))}\" x2=\"{Number(X(tick))}\" y2=\"{Number(Y(0) + 5)}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{Number(X(tick))}\" y=\"{Number(Y(0) + 19)}\" text-anchor=\"middle\">{FormattableString.Invariant($"{tick:0.####}")}</text>\n");
        }
        svg.Append($"<line class=\"axis\" x1=\"{Number(Left)}\" y1=\"{Number(Y(0))}\" x2=\"{Number(Width - Right)}\" y2=\"{Number(Y(0))}\"/>");
        svg.Append($"<text class=\"label\" x=\"{Number((Left + Width - Right) / 2)}\" y=\"{Number(Height - 6)}\" text-anchor=\"middle\">{Text(axis)}</text>\n");
        svg.Append($"<line class=\"chance\" x1=\"{Number(Left)}\" y1=\"{Number(Y(chance))}\" x2=\"{Number(Width - Right)}\" y2=\"{Number(Y(chance))}\"/>");
        svg.Append($"<text class=\"tick\" x=\"{Number(Left + 6)}\" y=\"{Number(Y(chance) - 5)}\">chance</text>\n");
        svg.Append($"<line class=\"mark\" x1=\"{Number(X(mark))}\" y1=\"{Number(Y(1))}\" x2=\"{Number(X(mark))}\" y2=\"{Number(Y(0))}\"/>\n");

        if (band.Count > 0)
        {
            var outline = band.Select(b => (X(b.X), Y(b.High))).Concat(band.Reverse().Select(b => (X(b.X), Y(b.Low))));
            svg.Append($"<polygon class=\"band\" points=\"{Points(outline)}\"/>\n");
        }
        foreach (var line in lines)
        {
            svg.Append($"<g class=\"{line.Style}\"><polyline points=\"{Points(line.Points.Select(p => (X(p.X), Y(p.Y))))}\"/>");
            foreach (var (x, y) in line.Points)
                svg.Append($"<circle cx=\"{Number(X(x))}\" cy=\"{Number(Y(y))}\" r=\"3\"><title>{Text(line.Name)}, {FormattableString.Invariant($"{x:0.####}")}: {Wording.Percent(y)}</title></circle>");
            svg.Append("</g>\n");
        }
        foreach (var (line, y) in Labels(lines, Y))
        {
            var end = line.Points[^1];
            svg.Append($"<g class=\"{line.Style}\"><line class=\"leader\" x1=\"{Number(X(end.X) + 5)}\" y1=\"{Number(Y(end.Y))}\" x2=\"{Number(Width - Right + 17)}\" y2=\"{Number(y)}\"/>");
            svg.Append($"<text x=\"{Number(Width - Right + 21)}\" y=\"{Number(y)}\" dy=\"0.35em\">{Text(line.Name)} {Wording.Percent(end.Y)}</text></g>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Labels at the lines' ends, moved apart where they would overlap, inside the chart.</summary>
    static IEnumerable<(Line Line, double Y)> Labels(IReadOnlyList<Line> lines, Func<double, double> y)
    {
        var sorted = lines.OrderBy(line => y(line.Points[^1].Y)).ToArray();
        var places = sorted.Select(line => y(line.Points[^1].Y)).ToArray();
        for (var i = 0; i < places.Length; i++)
            places[i] = Math.Max(places[i], i == 0 ? Top : places[i - 1] + LabelHeight);
        for (var i = places.Length - 1; i >= 0; i--)
            places[i] = Math.Min(places[i], i == places.Length - 1 ? Height - Bottom : places[i + 1] - LabelHeight);
        return sorted.Zip(places);
    }

    static string Points(IEnumerable<(double X, double Y)> points) => string.Join(" ", points.Select(p => $"{Number(p.X)},{Number(p.Y)}"));
}
