using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

public static partial class HtmlReport
{
    static string Components(RobustnessReport report)
    {
        var result = report.Result;
        const string heading = "What each component is worth";
        if (result.Contributions.Count == 0)
        {
            return Section("components", heading,
                "<p>The ensemble has one member and no gate: nothing can be left out.</p>");
        }

        var threat = Text(result.Threat.ToString());
        var randomised = result.Defenses.Any(defense => defense.Survival.Draws > 1);
        var caption = $"""
            Leave-one-out, re-attacked, at {threat}, lenient. “Only with” and “only without” count the images on
            which the two systems differ; p is exact and two-sided (sign-flip test), then corrected by Holm over the
            {result.Contributions.Count} components. In the replay the reduced ensemble sees only the adversarial images
            made against the whole, which is cheap but flatters it.
            """;
        if (randomised)
        {
            caption += """
                 A randomised defense survives an image in a share of its draws; accuracies here are means over draws,
                and “only with” and “only without” count the images survived in a larger share of them.
                """;
        }
        return Section("components", heading,
            result.Valid ? "" : "<p class=\"failed\">The attack failed its checks: these figures mean nothing.</p>",
            $"""
            <p>Each component is left out in turn, and the ensemble that remains is attacked again by an attack built
            for it. {Whole(result)} {Text(result.Power)}</p>
            """,
            $"<ul class=\"readings\">\n{string.Concat(result.Contributions.Select(Reading))}</ul>",
            $"""
            <figure>
            {ContributionChart(result)}
            <figcaption>Contribution of each component at {threat}: filled dots lenient, hollow dots strict; bars are
            95% intervals of the paired difference (Bonett and Price).</figcaption>
            </figure>
            """,
            Table(caption,
                leftOutHeadings,
                result.Contributions.Select(c => LeftOut(c, c.Lenient, c.ReplayedLenient))),
            Table("The same, strict.",
                leftOutHeadings,
                result.Contributions.Select(c => LeftOut(c, c.Strict, c.ReplayedStrict))));
    }

    static readonly string[] leftOutHeadings =
        ["Left out", "Robust without", "Difference", "Only with", "Only without", "p", "p (Holm)", "Replay only"];

    static string ContributionChart(AblationResult result) => IntervalChart.Draw(
        "Contribution of each component with 95% intervals",
        $"robust accuracy with the component minus without it, points, at {result.Threat}",
        [.. result.Contributions.Select(c => new IntervalRow(c.Component, c.Words, $"r-{Style(c.Verdict)}",
        [
            ("m-lenient", c.Lenient.Difference, c.Lenient.Low, c.Lenient.High),
            ("m-strict", c.Strict.Difference, c.Strict.Low, c.Strict.High),
        ]))]);

    static string Whole(AblationResult result)
    {
        var (member, lenient) = result.BestMember;
        var words = result.BeatsBestMember ? "beats"
            : lenient.Verdict == Verdict.Subtracts ? "is worse than"
            : "does not measurably beat";
        return $"As a whole, {Text(result.Declaration.Name)} <strong>{words}</strong> its best member alone, "
            + $"{Text(member)}: {Wording.Percent(lenient.With.Value)} against {Wording.Percent(lenient.Without.Value)} "
            + $"robust ({Unbroken($"Holm {Wording.P(lenient.CorrectedP)}")}).";
    }

    static string Reading(Contribution contribution)
    {
        var stated = contribution.MayAddNothing is { } why
            ? $"<p>Declared openly: it may add nothing. {Text(why)}</p>"
            : "";
        var p = Unbroken($"Holm {Wording.P(contribution.Lenient.CorrectedP)}");
        return $"<li><b>{Text(contribution.Component)}</b>"
            + $"<div><span class=\"{Style(contribution.Verdict)}\">{Text(contribution.Words)}</span>"
            + $"<p>{Text(contribution.Counts)}; {p}.</p>{stated}</div></li>\n";
    }

    static string[] LeftOut(Contribution contribution, PairedDifference difference, Rate replayed) =>
    [
        Text(contribution.Component) + (contribution.Role == "member" ? "" : $" <small>{contribution.Role}</small>"),
        Cell(difference.Without), Difference(difference), $"{difference.OnlyWith}", $"{difference.OnlyWithout}",
        PValue(difference.P), PValue(difference.CorrectedP), Wording.Percent(replayed.Value),
    ];

    static string Difference(PairedDifference d) =>
        $"{Wording.Points(d.Difference)} <small>[{Wording.Points(d.Low)}, {Wording.Points(d.High)}]</small>";

    static string PValue(double p) => Text(Wording.PValue(p));

    static string Style(Verdict verdict) =>
        verdict switch { Verdict.Adds => "adds", Verdict.Subtracts => "subtracts", _ => "nothing" };

    static string Curves(AblationResult result)
    {
        var whole = result.Whole;
        return Section("curves", "Robust accuracy over the radius",
            $"""
            <figure>
            {CurvesChart(result)}
            <figcaption>Robust accuracy of each member alone and of the whole, with the 95% interval of the whole's
            lenient figure. The dashed vertical line marks the threat model's radius. An image that falls at one radius
            counts as fallen at every larger one.{CertifiedText(whole)}</figcaption>
            </figure>
            """,
            Stacked(Table(
                """
                Robust accuracy at each radius; 0 is clean. Members alone never reject, so their lenient and strict
                figures agree.
                """,
                ["Defense", .. whole.Accuracies.Select(at => FormattableString.Invariant($"{at.Epsilon:0.####}"))],
                [
                    [$"{Lead(whole.Name)}, lenient", .. whole.Accuracies.Select(at => Cell(at.Lenient))],
                    [$"{Lead(whole.Name)}, strict", .. whole.Accuracies.Select(at => Cell(at.Strict))],
                    .. Certified(whole, (name, at) => (string[])
                        [$"{Lead(name)}, certified", .. whole.Accuracies.Select(a => Cell(at(a.Epsilon)))]),
                    .. result.Members.Concat(result.Baseline).Select(member => (string[])
                        [Text(member.Name), .. member.Accuracies.Select(at => Cell(at.Lenient))]),
                ])));
    }

    static string CurvesChart(AblationResult result)
    {
        static (double, double)[] Lenient(RobustnessResult defense) =>
            [.. defense.Accuracies.Select(at => (at.Epsilon, at.Lenient.Value))];
        var accuracies = result.Whole.Accuracies;
        var differs = accuracies.Any(at => at.Strict.Value < at.Lenient.Value);
        Line[] lines =
        [
            .. result.Baseline.Select(undefended => new Line(undefended.Name, "s-undefended", Lenient(undefended))),
            .. result.Members.Select((member, i) => new Line(member.Name, $"s{i % 8}", Lenient(member))),
            .. differs
                ? [new Line("whole, strict", "s-strict", [.. accuracies.Select(at => (at.Epsilon, at.Strict.Value))])]
                : Array.Empty<Line>(),
            .. Certified(result.Whole, (_, at) => new Line(
                "whole, certified", "s-certified", [.. accuracies.Select(a => (a.Epsilon, at(a.Epsilon).Value))])),
            new Line(differs ? "whole, lenient" : "whole", "s-whole", Lenient(result.Whole)),
        ];
        return LineChart.Draw(
            "Robust accuracy over epsilon, for each member and the whole",
            $"{result.Threat.Norm} radius \u03b5",
            lines,
            [.. accuracies.Select(at => (at.Epsilon, at.Lenient.Low, at.Lenient.High))],
            chance: 1.0 / result.ClassCount,
            mark: result.Threat.Epsilon);
    }

    static string CertifiedText(RobustnessResult whole) => whole.Certified is not { } certified ? "" :
        " The certified curve counts the images proven to "
        + (certified.MayReject ? "be accepted with no other label" : "keep their label")
        + (certified.Confidence < 1
            ? FormattableString.Invariant($", each with probability {certified.Confidence:0.####}")
            : "")
        + (certified.Remark is { } remark ? $": {Text(remark)}." : ".");

    /// <summary>One item of the certified curve, where there is one.</summary>
    static IEnumerable<T> Certified<T>(RobustnessResult defense, Func<string, Func<double, Rate>, T> item) =>
        defense.Certified is { } certified ? [item(defense.Name, certified.At)] : [];

    static string Members(AblationResult result) => Section("members", "Every defense measured",
        Stacked(Table(
            $"""
            Clean accuracy of a randomised defense is the mean over draws; robust accuracy at
            {Text(result.Threat.ToString())} counts the images that survive all draws, with the mean over draws beside
            it. Every adversarial image found against any of these defenses was tried on all of them.
            """,
            ["Defense", "Draws", "Clean", "Accepted", "Right if accepted", "Lenient", "Strict", "Mean over draws"],
            result.Defenses.Select(defense => Defense(defense, result)))),
        Table("The whole compared with each member alone (lenient), each attacked by itself; Holm over the members.",
            ["Member", "Whole", "Alone", "Difference", "Only whole", "Only member", "p", "p (Holm)"],
            result.VersusMembers.Select(m => (string[])
            [
                Text(m.Member), Wording.Percent(m.Lenient.With.Value), Wording.Percent(m.Lenient.Without.Value),
                Difference(m.Lenient), $"{m.Lenient.OnlyWith}", $"{m.Lenient.OnlyWithout}",
                PValue(m.Lenient.P), PValue(m.Lenient.CorrectedP),
            ])),
        result.VersusControls.Count == 0 ? "" : Table(
            """
            The whole compared with ensembles that are as large or of one category (lenient), each attacked by itself;
            Holm over those of a kind. An ensemble that does not beat copies of one member gains by votes, not by
            diversity.
            """,
            ["Compared with", "Whole", "It", "Difference", "Only whole", "Only it", "p", "p (Holm)"],
            result.VersusControls.Select(c => (string[])
            [
                Text(c.Words), Wording.Percent(c.Lenient.With.Value), Wording.Percent(c.Lenient.Without.Value),
                Difference(c.Lenient), $"{c.Lenient.OnlyWith}", $"{c.Lenient.OnlyWithout}",
                PValue(c.Lenient.P), PValue(c.Lenient.CorrectedP),
            ])));

    static string[] Defense(RobustnessResult defense, AblationResult result)
    {
        var at = defense.At(result.Threat.Epsilon);
        return
        [
            defense == result.Whole ? Lead(defense.Name) : Text(defense.Name),
            $"{defense.Survival.Draws}", Cell(defense.Clean), Wording.Percent(defense.Coverage.Value),
            defense.Selective is { } selective ? Wording.Percent(selective) : "–", Cell(at.Lenient), Cell(at.Strict),
            defense.Survival.Draws == 1
                ? "–"
                : $"{Wording.Percent(at.LenientMean)} / {Wording.Percent(at.StrictMean)}",
        ];
    }

    static string Lead(string name) => $"<span class=\"lead\">{Text(name)}</span>";
}
