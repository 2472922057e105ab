using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>One line of a chart.</summary>
/// <param name="Name">Its label.</param>
/// <param name="Style">Its CSS class.</param>
/// <param name="Points">x ascending; y in [0, 1].</param>
sealed record Line(string Name, string Style, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Shares over a radius, as inline SVG.</summary>
static class LineChart
{
    const double Width = 760, Height = 380, Left = 46, Right = 170, Top = 14, Bottom = 46, LabelHeight = 17;

    /// <summary>Draws the chart.</summary>
    /// <param name="title">What the chart shows, for readers who cannot see it.</param>
    /// <param name="axis">The label of the x axis.</param>
    /// <param name="lines">The lines, the most important last.</param>
    /// <param name="band">An interval around one line, drawn behind all; empty for none.</param>
    /// <param name="chance">The share of a guesser.</param>
    /// <param name="mark">The radius to mark.</param>
    public static string Draw(
        string title,
        string axis,
        IReadOnlyList<Line> lines,
        IReadOnlyList<(double X, double Low, double High)> band,
        double chance,
        double mark)
    {
        const double end = Width - Right;
        var largest = lines.SelectMany(line => line.Points).Max(point => point.X);
        double X(double x) => Left + x / largest * (end - Left);
        double Y(double y) => Top + (1 - y) * (Height - Top - Bottom);

        var svg = new Svg(Width, Height, title);
        for (var percent = 0; percent <= 100; percent += 20)
        {
            var y = Y(percent / 100.0);
            svg.Line("grid", Left, y, end, y);
            svg.Label("tick", Left - 8, y, $"{percent}%", "end", centred: true);
        }
        foreach (var tick in Scale.Ticks(0, largest, 6))
        {
            svg.Line("axis", X(tick), Y(0), X(tick), Y(0) + 5);
            svg.Label("tick", X(tick), Y(0) + 19, Invariant($"{tick:0.####}"), "middle");
        }
        svg.Line("axis", Left, Y(0), end, Y(0));
        svg.Label("label", (Left + end) / 2, Height - 6, axis, "middle");
        svg.Line("chance", Left, Y(chance), end, Y(chance));
        svg.Label("tick", Left + 6, Y(chance) - 5, "chance");
        svg.Line("mark", X(mark), Y(1), X(mark), Y(0));

        if (band.Count > 0)
        {
            var high = band.Select(b => (X(b.X), Y(b.High)));
            var low = band.Select(b => (X(b.X), Y(b.Low)));
            svg.Polygon("band", high.Concat(low.Reverse()));
        }
        foreach (var line in lines)
        {
            svg.BeginGroup(line.Style);
            svg.Polyline(line.Points.Select(p => (X(p.X), Y(p.Y))));
            foreach (var (x, y) in line.Points)
                svg.Circle(X(x), Y(y), 3, Invariant($"{line.Name}, {x:0.####}: {Wording.Percent(y)}"));
            svg.EndGroup();
        }
        foreach (var (line, y) in Labels(lines, Y))
        {
            var last = line.Points[^1];
            svg.BeginGroup(line.Style);
            svg.Line("leader", X(last.X) + 5, Y(last.Y), end + 17, y);
            svg.Label("", end + 21, y, $"{line.Name} {Wording.Percent(last.Y)}", centred: true);
            svg.EndGroup();
        }
        return svg.ToString();
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
}
