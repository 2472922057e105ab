using System.Text;
using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

/// <summary>One row of an interval chart.</summary>
/// <param name="Name">Its label on the left.</param>
/// <param name="Note">Its label on the right.</param>
/// <param name="Style">The CSS class of what it says.</param>
/// <param name="Marks">Values with their intervals, each with the CSS class of its kind.</param>
sealed record IntervalRow(string Name, string Note, string Style, IReadOnlyList<(string Kind, double Value, double Low, double High)> Marks);

/// <summary>Differences with their intervals around zero, as inline SVG.</summary>
static class IntervalChart
{
    const double Width = 760, Left = 150, Right = 190, Top = 8, Bottom = 48, RowHeight = 40;

    /// <param name="title">What the chart shows, for readers who cannot see it.</param>
    /// <param name="axis">The label of the x axis.</param>
    /// <param name="rows">The rows, from the top.</param>
    public static string Svg(string title, string axis, IReadOnlyList<IntervalRow> rows)
    {
        var marks = rows.SelectMany(row => row.Marks).ToArray();
        // A little air on both sides, and never so narrow that nothing looks like something.
        var low = Math.Min(-0.05, marks.Min(mark => mark.Low)) * 1.05;
        var high = Math.Max(0.05, marks.Max(mark => mark.High)) * 1.05;
        var bottom = Top + rows.Count * RowHeight;
        double X(double x) => Left + (x - low) / (high - low) * (Width - Left - Right);

        var svg = new StringBuilder();
        svg.Append($"<svg class=\"chart\" viewBox=\"0 0 {Number(Width)} {Number(bottom + Bottom)}\" role=\"img\" aria-label=\"{Text(title)}\">\n");
        foreach (var tick in Scale.Ticks(100 * low, 100 * high, 7))
        {
            var x = Number(X(tick / 100));
            svg.Append($"<line class=\"{(tick == 0 ? "axis" : "grid")}\" x1=\"{x}\" y1=\"{Number(Top)}\" x2=\"{x}\" y2=\"{Number(bottom)}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{x}\" y=\"{Number(bottom + 18)}\" text-anchor=\"middle\">{Wording.Points(tick / 100).Replace(".0", "")}</text>\n");
        }
        svg.Append($"<text class=\"label\" x=\"{Number((Left + Width - Right) / 2)}\" y=\"{Number(bottom + Bottom - 8)}\" text-anchor=\"middle\">{Text(axis)}</text>\n");
        for (var i = 0; i < rows.Count; i++)
        {
            var (row, middle) = (rows[i], Top + (i + 0.5) * RowHeight);
            svg.Append($"<g class=\"{row.Style}\"><text class=\"name\" x=\"{Number(Left - 14)}\" y=\"{Number(middle)}\" dy=\"0.35em\" text-anchor=\"end\">{Text(row.Name)}</text>");
            svg.Append($"<text class=\"note\" x=\"{Number(Width - Right + 14)}\" y=\"{Number(middle)}\" dy=\"0.35em\">{Text(row.Note)}</text>");
            for (var m = 0; m < row.Marks.Count; m++)
            {
                var mark = row.Marks[m];
                var y = Number(middle + (m - (row.Marks.Count - 1) / 2.0) * 13);
                svg.Append($"<g class=\"{mark.Kind}\"><line x1=\"{Number(X(mark.Low))}\" y1=\"{y}\" x2=\"{Number(X(mark.High))}\" y2=\"{y}\"/>");
                svg.Append($"<circle cx=\"{Number(X(mark.Value))}\" cy=\"{y}\" r=\"4.5\"/></g>");
            }
            svg.Append("</g>\n");
        }
        return svg.Append("</svg>\n").ToString();
    }
}
