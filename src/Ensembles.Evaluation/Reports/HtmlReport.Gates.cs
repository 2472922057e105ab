using static System.FormattableString;
using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

public static partial class HtmlReport
{
    static string GateCurve(AblationResult result)
    {
        var curve = result.GateCurve;
        if (curve.Count < 2)
            return "";
        string[] gates = [.. result.Declaration.Gates.Select(gate => gate.Name)];
        Line Over(string name, string style, Func<GatePoint, Rate> figure) =>
            new(name, style, [.. curve.Select(point => (Axis(point), figure(point).Value))]);
        double Axis(GatePoint point) => gates.Length == 1 ? 100 * point.Rates[0] : point.Factor;
        return Section("gates", "Gates at other rates, replayed",
            """
            <p>What the ensemble decides on the clean images and on the adversarial images of this study, if its gates
            had other false positive rates. The attacks knew the stated rates alone: elsewhere robust accuracy is an
            upper bound, which an attack on that ensemble can only lower.</p>
            """,
            $"""
            <figure>
            {LineChart.Draw(
                "Accuracy and acceptance over the false positive rate of the gates",
                gates.Length == 1 ? $"false positive rate of {gates[0]}, %" : "times the stated false positive rates",
                [
                    Over("accepted", "s-undefended", point => point.Coverage),
                    Over("clean", "s1", point => point.Clean),
                    Over("strict", "s-strict", point => point.Strict),
                    Over("lenient", "s-whole", point => point.Lenient),
                ],
                [.. curve.Select(point => (Axis(point), point.Lenient.Low, point.Lenient.High))],
                chance: 1.0 / result.ClassCount,
                mark: Axis(curve.Single(point => point.IsStated)))}
            <figcaption>The vertical line is the ensemble as it is declared; the band is the 95% interval of its lenient
            robust accuracy at {Text(result.Threat.ToString())}.</figcaption>
            </figure>
            """,
            Stacked(Table(
                "Thresholds are set on the validation images for each rate; rates too small for them are left out.",
                [.. gates, "Clean", "Accepted", "Lenient", "Strict"],
                curve.Select(point => (string[])
                [
                    .. point.Rates.Select((rate, i) => Invariant(
                        $"{100 * rate:0.##}%{(point.IsStated && i == 0 ? ", as declared" : "")}")),
                    Cell(point.Clean), Cell(point.Coverage), Cell(point.Lenient), Cell(point.Strict),
                ]))));
    }
}
