namespace Ensembles.Evaluation;

/// <summary>One row of an interval chart.</summary>
/// <param name="Name">Its label on the left.</param>
/// <param name="Note">Its label on the right.</param>
/// <param name="Style">The CSS class of the row's note.</param>
/// <param name="Marks">Values with their intervals, each with the CSS class of its kind.</param>
sealed record IntervalRow(
    string Name,
    string Note,
    string Style,
    IReadOnlyList<(string Kind, double Value, double Low, double High)> Marks);

/// <summary>Differences with their intervals around zero, as inline SVG.</summary>
static class IntervalChart
{
    const double Width = 760, Left = 150, Right = 190, Top = 8, Bottom = 48, RowHeight = 40, MarkHeight = 13;

    /// <summary>Draws the chart.</summary>
    /// <param name="title">What the chart shows, for readers who cannot see it.</param>
    /// <param name="axis">The label of the x axis.</param>
    /// <param name="rows">The rows, from the top.</param>
    public static string Draw(string title, string axis, IReadOnlyList<IntervalRow> rows)
    {
        const double end = Width - Right;
        var marks = rows.SelectMany(row => row.Marks).ToArray();
        // A little air on both sides, and never so narrow a range that tiny differences look large.
        var low = Math.Min(-0.05, marks.Min(mark => mark.Low)) * 1.05;
        var high = Math.Max(0.05, marks.Max(mark => mark.High)) * 1.05;
        var bottom = Top + rows.Count * RowHeight;
        double X(double x) => Left + (x - low) / (high - low) * (end - Left);

        var svg = new Svg(Width, bottom + Bottom, title);
        foreach (var tick in Scale.Ticks(100 * low, 100 * high, 7))
        {
            var x = X(tick / 100);
            svg.Line(tick == 0 ? "axis" : "grid", x, Top, x, bottom);
            svg.Label("tick", x, bottom + 18, Wording.Points(tick / 100).Replace(".0", ""), "middle");
        }
        svg.Label("label", (Left + end) / 2, bottom + Bottom - 8, axis, "middle");
        for (var i = 0; i < rows.Count; i++)
        {
            var (row, middle) = (rows[i], Top + (i + 0.5) * RowHeight);
            svg.BeginGroup(row.Style);
            svg.Label("name", Left - 14, middle, row.Name, "end", centred: true);
            svg.Label("note", end + 14, middle, row.Note, centred: true);
            for (var m = 0; m < row.Marks.Count; m++)
            {
                var mark = row.Marks[m];
                var y = middle + (m - (row.Marks.Count - 1) / 2.0) * MarkHeight;
                svg.BeginGroup(mark.Kind);
                svg.Line("", X(mark.Low), y, X(mark.High), y);
                svg.Circle(X(mark.Value), y, 4.5);
                svg.EndGroup();
            }
            svg.EndGroup();
        }
        return svg.ToString();
    }
}
