using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

public static partial class HtmlReport
{
    static string Components(RobustnessReport report)
    {
        var result = report.Result;
        var rows = result.Contributions.Select(c => new IntervalRow(c.Component, c.Words, $"r-{Style(c.Verdict)}",
        [
            ("m-lenient", c.Lenient.Difference, c.Lenient.Low, c.Lenient.High),
            ("m-strict", c.Strict.Difference, c.Strict.Low, c.Strict.High),
        ])).ToArray();
        if (rows.Length == 0)
            return Section("components", "What each component is worth", "<p>The ensemble has one member and no gate: nothing can be left out.</p>");

        return Section("components", "What each component is worth",
            result.Valid ? "" : "<p class=\"failed\">The attack failed its checks: read nothing into these figures.</p>",
            $"<p>Each component is left out in turn, and the ensemble that remains is attacked anew with an attack built for it. {Whole(result)}</p>",
            $"<ul class=\"readings\">\n{string.Concat(result.Contributions.Select(Reading))}</ul>",
            $"""
            <figure>
            {IntervalChart.Svg("Contribution of each component with 95% intervals", $"robust accuracy with the component minus without it, points, at {result.Threat}", rows)}
            <figcaption>Contribution of each component at {Text(result.Threat.ToString())}: filled dots lenient, hollow dots strict; bars are 95% intervals of the paired difference (Bonett and Price).</figcaption>
            </figure>
            """,
            Table($"Leave-one-out, re-attacked, at {Text(result.Threat.ToString())}, lenient. “Only with” and “only without” count the images on which the two systems differ; p is McNemar's, exact and two-sided, then corrected by Holm over the {result.Contributions.Count} components. The replay shows the reduced ensemble only the whole's adversarial images, which is cheap and too kind.{MeanNote(result)}",
                ["Left out", "Robust without", "Difference", "Only with", "Only without", "p", "p (Holm)", "Replay only", .. Randomised(result) ? ["Difference of means"] : Array.Empty<string>()],
                result.Contributions.Select(c => (string[])[.. LeftOut(c, c.Lenient, c.ReplayedLenient), .. Randomised(result) ? [Wording.Points(c.MeanDifference)] : Array.Empty<string>()])),
            Table("The same, strict.",
                ["Left out", "Robust without", "Difference", "Only with", "Only without", "p", "p (Holm)", "Replay only"],
                result.Contributions.Select(c => LeftOut(c, c.Strict, c.ReplayedStrict))));
    }

    static bool Randomised(AblationResult result) => result.Defenses.Any(defense => defense.Survival.Draws > 1);

    static string MeanNote(AblationResult result) => Randomised(result)
        ? " Surviving all draws costs a randomised defense what a deterministic one does not pay: where a randomised component is left out, read the difference of the means over draws beside it."
        : "";

    static string Whole(AblationResult result)
    {
        var best = result.BestMember;
        var words = result.BeatsBestMember ? "beats" : best.Lenient.Verdict == Verdict.Subtracts ? "is worse than" : "does not measurably beat";
        return $"As a whole, {Text(result.Declaration.Name)} <strong>{words}</strong> its best member alone, {Text(best.Member)}: {Wording.Percent(best.Lenient.With.Value)} against {Wording.Percent(best.Lenient.Without.Value)} robust ({Unbroken($"Holm {Wording.P(best.Lenient.CorrectedP)}")}).";
    }

    static string Reading(Contribution contribution)
    {
        var stated = contribution.MayAddNothing is { } why ? $"<p>Declared openly: it may add nothing. {Text(why)}</p>" : "";
        return $"<li><b>{Text(contribution.Component)}</b><div><span class=\"{Style(contribution.Verdict)}\">{Text(contribution.Words)}</span><p>{Text(contribution.Counts)}; {Unbroken($"Holm {Wording.P(contribution.Lenient.CorrectedP)}")}.</p>{stated}</div></li>\n";
    }

    static string[] LeftOut(Contribution contribution, PairedDifference difference, Rate replayed) =>
    [
        Text(contribution.Component) + (contribution.IsGate ? " <small>gate</small>" : ""),
        Cell(difference.Without), Difference(difference), $"{difference.OnlyWith}", $"{difference.OnlyWithout}",
        PValue(difference.P), PValue(difference.CorrectedP), Wording.Percent(replayed.Value),
    ];

    static string Difference(PairedDifference d) => $"{Wording.Points(d.Difference)} <small>[{Wording.Points(d.Low)}, {Wording.Points(d.High)}]</small>";

    static string PValue(double p) => Text(Wording.P(p).Replace("p = ", "").Replace("p ", ""));

    static string Style(Verdict verdict) => verdict switch { Verdict.Adds => "adds", Verdict.Subtracts => "subtracts", _ => "nothing" };

    static string Curves(AblationResult result)
    {
        static (double, double)[] Lenient(RobustnessResult defense) => [.. defense.Accuracies.Select(at => (at.Epsilon, at.Lenient.Value))];
        var whole = result.Whole;
        var differs = whole.Accuracies.Any(at => at.Strict.Value < at.Lenient.Value);
        Line[] lines =
        [
            .. result.Baseline.Select(undefended => new Line(undefended.Name, "s-undefended", Lenient(undefended))),
            .. result.Members.Select((member, i) => new Line(member.Name, $"s{i % 8}", Lenient(member))),
            .. differs ? [new Line("whole, strict", "s-strict", [.. whole.Accuracies.Select(at => (at.Epsilon, at.Strict.Value))])] : Array.Empty<Line>(),
            new Line(differs ? "whole, lenient" : "whole", "s-whole", Lenient(whole)),
        ];
        var chart = LineChart.Svg(
            "Robust accuracy over epsilon, for each member and the whole",
            $"{result.Threat.Norm} radius \u03b5",
            lines,
            [.. whole.Accuracies.Select(at => (at.Epsilon, at.Lenient.Low, at.Lenient.High))],
            chance: 1.0 / result.ClassCount,
            mark: result.Threat.Epsilon);
        return Section("curves", "Robust accuracy over the radius",
            $"""
            <figure>
            {chart}
            <figcaption>Robust accuracy of each member alone and of the whole, with the 95% interval of the whole's lenient figure. The dashed vertical line is the threat model's radius. An image that fell at one radius has fallen at every larger one.</figcaption>
            </figure>
            """,
            Stacked(Table("Robust accuracy at each radius; 0 is clean. Members alone never reject, so that their lenient and strict figures agree.",
                ["Defense", .. whole.Accuracies.Select(at => FormattableString.Invariant($"{at.Epsilon:0.####}"))],
                [
                    [$"<span class=\"lead\">{Text(whole.Name)}</span>, lenient", .. whole.Accuracies.Select(at => Cell(at.Lenient))],
                    [$"<span class=\"lead\">{Text(whole.Name)}</span>, strict", .. whole.Accuracies.Select(at => Cell(at.Strict))],
                    .. result.Members.Concat(result.Baseline).Select(member => (string[])[Text(member.Name), .. member.Accuracies.Select(at => Cell(at.Lenient))]),
                ])));
    }

    static string Members(AblationResult result) => Section("members", "Every defense measured",
        Stacked(Table($"Clean accuracy is the mean over draws of a randomised defense; robust accuracy at {Text(result.Threat.ToString())} counts an image that survives all draws, with the mean over draws beside it. Every adversarial image found against any of these defenses was judged on all of them.",
            ["Defense", "Draws", "Clean", "Accepted", "Right if accepted", "Lenient", "Strict", "Mean over draws"],
            result.Defenses.Select(defense =>
            {
                var at = defense.At(result.Threat.Epsilon);
                return (string[])
                [
                    defense == result.Whole ? $"<span class=\"lead\">{Text(defense.Name)}</span>" : Text(defense.Name),
                    $"{defense.Survival.Draws}", Cell(defense.Clean), Wording.Percent(defense.Coverage.Value),
                    defense.Selective is { } selective ? Wording.Percent(selective) : "–", Cell(at.Lenient), Cell(at.Strict),
                    defense.Survival.Draws == 1 ? "–" : $"{Wording.Percent(at.LenientMean)} / {Wording.Percent(at.StrictMean)}",
                ];
            }))),
        Table("The whole beside each member alone (lenient), each attacked by itself; Holm over the members.",
            ["Member", "Whole", "Alone", "Difference", "Only whole", "Only member", "p", "p (Holm)"],
            result.VersusMembers.Select(m => (string[])
            [
                Text(m.Member), Wording.Percent(m.Lenient.With.Value), Wording.Percent(m.Lenient.Without.Value), Difference(m.Lenient),
                $"{m.Lenient.OnlyWith}", $"{m.Lenient.OnlyWithout}", PValue(m.Lenient.P), PValue(m.Lenient.CorrectedP),
            ])));
}
