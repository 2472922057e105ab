using Spectre.Console;

namespace Ensembles.Evaluation;

/// <summary>A report as tables on a console, readable at 100 columns.</summary>
public static class ConsoleReport
{
    /// <summary>Writes the report.</summary>
    public static void Write(RobustnessReport report, IAnsiConsole console)
    {
        var result = report.Result;
        console.Write(Headline(report));
        console.Write(Defenses(result));
        console.Write(Components(result));
        foreach (var contribution in result.Contributions)
        {
            var verdict = $"[{Colour(contribution.Verdict)}]{contribution.Words}[/]";
            console.MarkupLine($"  {Escape(contribution.Component)}: {verdict}{Stated(contribution)}");
        }
        console.MarkupLine($"  {Escape(BestMember(result))}");
        foreach (var control in result.VersusControls)
            console.MarkupLine($"  {Escape(Against(control))}");
        if (result.Subsets is { } subsets)
        {
            var shares = string.Join(
                ", ", subsets.Shares.Select(of => $"{of.Component} {Wording.Points(of.Share.Value)}"));
            console.MarkupLine($"  Shares of the robust accuracy (Shapley, points): {Escape(shares)}");
        }
        foreach (var weakness in result.Orthogonality?.Weaknesses ?? [])
            console.MarkupLine($"  {Escape(weakness)}");
        console.WriteLine();
        foreach (var claim in result.Claims)
        {
            var verdict = $"[{Colour(claim.Verdict)}]{Escape(claim.Words)}[/]";
            console.MarkupLine($"  {Escape($"{claim.Component}, {claim.Strength}")}: {verdict}{Stated(claim)}");
            if (claim.Defense is not null)
                console.MarkupLine($"    {Escape(claim.Numbers)}");
        }
        if (result.Whole.Accuracies.Count > 2)
            console.Write(Curves(result));
        if (result.Gates.Count > 0)
            console.Write(Gates(result));
        console.Write(Checks(result));
    }

    static Panel Headline(RobustnessReport report)
    {
        var result = report.Result;
        var at = result.Whole.At(result.Threat.Epsilon);
        var reasons = string.Concat(result.Invalid.Select(reason => $"\n- {Escape(reason)}"));
        var verdict = result.Valid
            ? $"[green bold]VALID[/] The attack stands up to its {Wording.Count(result.Checks.Count, "check")}."
            : $"[red bold]INVALID[/] These figures say nothing about robustness:{reasons}";
        foreach (var (source, images) in result.Whole.Lowered)
            verdict += $"\n[grey]Lowered[/] {Wording.Count(images, "image")} fell to: {Escape(source)}";
        foreach (var warning in result.Warnings)
            verdict += $"\n[yellow]Warning[/] {Escape(warning)}";
        var robust = result.Valid ? "Robust accuracy" : "Unproven, stood";
        var attacks = string.Join(", ", result.Attacks.Select(attack => attack.Name));
        return new Panel(new Spectre.Console.Markup($"""
            {verdict}
            {Escape($"{report.Dataset}; {result.Threat}; {attacks}")}
            {robust}   lenient [bold]{Escape($"{at.Lenient}")}[/]   strict [bold]{Escape($"{at.Strict}")}[/]
            Clean accuracy    {Escape($"{result.Whole.Clean}")}   accepted {Escape($"{result.Whole.Coverage}")}
            {Escape(result.Reading)}
            """)).Header($" {Escape(report.Title)} ").Expand();
    }

    static Table Defenses(AblationResult result)
    {
        var title = $"Every defense at {result.Threat}, {result.Count} images";
        var table = New(title, "Defense", "Clean", "Lenient robust", "Strict robust");
        foreach (var defense in result.Defenses)
        {
            var at = defense.At(result.Threat.Epsilon);
            var name = defense.Survival.Draws > 1 ? $"{defense.Name} *" : defense.Name;
            Add(table, name, Wording.Percent(defense.Clean.Value), $"{at.Lenient}", $"{at.Strict}");
        }
        var draws = result.Defenses.Max(defense => defense.Survival.Draws);
        if (draws > 1)
            table.Caption($"* randomised: robust in all of {draws} draws");
        return table;
    }

    static Table Components(AblationResult result)
    {
        var table = New(
            "Leave-one-out, re-attacked (lenient, means over draws)",
            "Left out", "Robust without", "Difference", "Only with/without", "p (Holm)", "Replay only");
        foreach (var contribution in result.Contributions)
        {
            var lenient = contribution.Lenient;
            Add(table,
                contribution.Component,
                Wording.Percent(lenient.Without.Value),
                $"{Wording.Points(lenient.Difference)} [{Wording.Points(lenient.Low)}, {Wording.Points(lenient.High)}]",
                $"{lenient.OnlyWith}/{lenient.OnlyWithout}",
                Wording.PValue(lenient.CorrectedP),
                Wording.Percent(contribution.ReplayedLenient.Value));
        }
        return table;
    }

    static string BestMember(AblationResult result)
    {
        var (member, lenient) = result.BestMember;
        var words = result.BeatsBestMember ? "beats"
            : lenient.Verdict == Verdict.Subtracts ? "is worse than"
            : "does not measurably beat";
        return $"The whole {words} its best member {member}: "
            + $"{Wording.Percent(lenient.With.Value)} against {Wording.Percent(lenient.Without.Value)}, "
            + $"Holm {Wording.P(lenient.CorrectedP)}.";
    }

    static string Against(ControlComparison control)
    {
        var lenient = control.Lenient;
        return $"The whole against {control.Words}: "
            + $"{Wording.Percent(lenient.With.Value)} against {Wording.Percent(lenient.Without.Value)}, "
            + $"Holm {Wording.P(lenient.CorrectedP)}.";
    }

    static Table Curves(AblationResult result)
    {
        var radii = result.Whole.Accuracies.Select(at => FormattableString.Invariant($"{at.Epsilon:0.####}"));
        var table = New($"Lenient robust accuracy by {result.Threat.Norm} radius", ["Defense", .. radii]);
        foreach (var defense in (RobustnessResult[])[result.Whole, .. result.Members, .. result.Baseline])
            Add(table, [defense.Name, .. defense.Accuracies.Select(at => Wording.Percent(at.Lenient.Value))]);
        if (result.Whole.Certified is { } certified)
            Add(table, ["certified", .. result.Whole.Accuracies.Select(
                at => Wording.Percent(certified.At(at.Epsilon).Value))]);
        return table;
    }

    static Table Gates(AblationResult result)
    {
        var table = New("Gates on clean test images", "Gate", "Stated", "Rejected", "p", "Keeps its rate");
        foreach (var gate in result.Gates)
        {
            var stated = FormattableString.Invariant($"{100 * gate.Stated:0.##}%");
            Add(table, gate.Name, stated, $"{gate.Observed}", Wording.PValue(gate.P), gate.Keeps ? "yes" : "NO");
        }
        return table;
    }

    static Table Checks(AblationResult result)
    {
        var table = New("Checks of the attack", "Check", "Passed", "Finding");
        foreach (var check in result.Checks)
            Add(table, check.Name, check.Passed ? "yes" : "NO", check.Finding);
        return table;
    }

    static Table New(string title, params string[] columns)
    {
        var table = new Table().Title(Escape(title)).Border(TableBorder.Simple);
        foreach (var column in columns)
            table.AddColumn(Escape(column));
        return table;
    }

    static void Add(Table table, params string[] cells) => table.AddRow([.. cells.Select(Escape)]);

    static string Stated(Contribution contribution) =>
        contribution.MayAddNothing is { } why ? Escape($" (may add nothing, as declared: {why})") : "";

    static string Stated(MeasuredClaim claim) =>
        claim.MayNotShow is { } why ? Escape($" (may not show, as declared: {why})") : "";

    static string Colour(Verdict verdict) =>
        verdict switch { Verdict.Adds => "green", Verdict.Subtracts => "red", _ => "grey" };

    static string Colour(ClaimVerdict verdict) =>
        verdict switch { ClaimVerdict.Holds => "green", ClaimVerdict.Fails => "red", _ => "grey" };

    static string Escape(string text) => Spectre.Console.Markup.Escape(text);
}
