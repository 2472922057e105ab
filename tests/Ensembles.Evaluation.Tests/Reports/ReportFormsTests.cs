using System.Globalization;
using System.Text.Json;
using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using Spectre.Console;

namespace Ensembles.Evaluation.Tests.Reports;

public class ReportFormsTests
{
    static readonly RobustnessReport report = SampleReport.Create();

    [Fact]
    public void Json_gives_back_the_whole_report()
    {
        using var folder = new TemporaryFolder();
        report.Write(folder.Path);

        var read = ReportJson.Read(Path.Combine(folder.Path, "report.json"));

        Assert.Equal(ReportJson.Write(report), ReportJson.Write(read));
        Assert.Equal(HtmlReport.Write(report), HtmlReport.Write(read));
        Assert.Equal(HtmlReport.Write(report), File.ReadAllText(Path.Combine(folder.Path, "report.html")));
        Assert.Equal(
            [
                "accuracy.csv", "claims.csv", "contributions.csv", "gates.csv", "images.csv", "orthogonality.csv",
                "report.html", "report.json", "report.md", "shares.csv", "subsets.csv",
            ],
            Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Json_says_the_figures_and_not_only_the_counts_behind_them()
    {
        using var json = JsonDocument.Parse(ReportJson.Write(report));
        var result = json.RootElement.GetProperty("Result");

        Assert.True(result.GetProperty("Valid").GetBoolean());
        Assert.Equal("Linf", result.GetProperty("Threat").GetProperty("Norm").GetString());
        var at = result.GetProperty("Whole").GetProperty("Accuracies").EnumerateArray().Single(
            a => a.GetProperty("Epsilon").GetDouble() == 0.15);
        Assert.Equal(report.Result.Whole.At(0.15).Strict.Low, at.GetProperty("Strict").GetProperty("Low").GetDouble());
        Assert.Equal("Subtracts", result.GetProperty("Contributions")[2].GetProperty("Verdict").GetString());
    }

    [Fact]
    public void Every_form_says_what_the_whole_was_compared_with()
    {
        foreach (var control in report.Result.VersusControls)
        {
            Assert.Contains($"<th scope=\"row\">{control.Words}</th>", HtmlReport.Write(report));
            Assert.Contains($"The whole against {control.Words}:", OnConsole(report));
        }

        Assert.Contains("\r\ncopies,Pruned,lenient,", ReportCsv.Contributions(report.Result));
    }

    [Fact]
    public void The_first_lines_say_what_to_take_from_the_figures()
    {
        const string held = "FiveStrengths withstands more than any of its members alone.";
        Assert.Equal(held, report.Result.Reading);
        Assert.Contains(held, HtmlReport.Write(report));
        Assert.Contains(held, OnConsole(report));
        Assert.Contains(held, report.Result.ToString());
        Assert.Contains("only a difference of 8 of them (2.0 points) or more can be shown", report.Result.ToString());

        var whole = report.Result.Whole;
        var survival = whole.Survival;
        int[][] fallen = [survival.Lenient[0], .. survival.Lenient.Skip(1).Select(row => new int[row.Length])];
        var broken = report.Result with
        {
            Whole = whole with { Survival = survival with { Lenient = fallen, Strict = fallen } },
        };
        Assert.StartsWith("FiveStrengths does not withstand an attack that knows it at Linf 0.15.", broken.Reading);
        Assert.StartsWith("Nothing follows", (report.Result with { Whole = whole with { Checks = [] } }).Reading);
    }

    [Fact]
    public void Html_and_csv_say_what_the_gates_do_at_other_rates()
    {
        var html = HtmlReport.Write(report);
        Assert.Contains("Gates at other rates, replayed</h2>", html);
        Assert.Contains("false positive rate of Uncertainty, %", html);
        Assert.Contains("\r\n0.5,0.025,0.95,0.9775,0.375,", ReportCsv.Gates(report.Result));
        Assert.DoesNotContain("Gates at other rates", HtmlReport.Write(report with
        {
            Result = report.Result with { GateCurve = [] },
        }));
    }

    [Fact]
    public void Every_form_says_how_the_robust_accuracy_is_shared()
    {
        var html = HtmlReport.Write(report);
        Assert.Contains("They add up to 40.0%", html);
        Assert.Contains("Edges keeps 45.0% where the whole keeps 40.0%", html);
        Assert.Contains("<td class=\"n\">\u221225.0</td><td class=\"n\">[\u221230.0, \u221220.0]</td>", html);
        Assert.Contains("Compact +7.5, Edges +32.5", OnConsole(report));
        Assert.Contains("\r\nCompact,Edges,-0.25,-0.3,-0.2\r\n", ReportCsv.Shares(report.Result));
        Assert.Contains("\r\nCompact + Edges,2,0.975,1,0.4,", ReportCsv.Subsets(report.Result));
        Assert.DoesNotContain("Every subset, replayed</h2>", HtmlReport.Write(report with
        {
            Result = report.Result with { Subsets = null },
        }));
    }

    [Fact]
    public void Every_form_says_which_claims_hold_and_which_do_not()
    {
        const string fails = "0.44 [0.4, 0.48], undefended 0.52 [0.48, 0.56], at most 0.26 needed";
        Assert.Contains($"  Edges, non-robust feature removal: does not show: {fails}", report.Result.ToString());
        var html = HtmlReport.Write(report);
        Assert.Contains("<span class=\"adds\">holds</span>", html);
        Assert.Contains($"<span class=\"subtracts\">does not show</span><p>{fails}.</p>", html);
        Assert.Contains("not measured: it &lt;threw&gt;", html);
        Assert.Contains("  Pruned, test-time randomness: not measured: it <threw>", OnConsole(report));
        Assert.Contains(
            "Compact,intra-class compactness,Holds,compactness", ReportCsv.Claims(report.Result).Split("\r\n")[1]);

        var (unmeasured, nobody) = (report.Result with { Claims = [] }, report.Result with
        {
            Claims = [], Undefended = null,
        });
        Assert.Contains("No component claims a strength", HtmlReport.Write(report with { Result = unmeasured }));
        Assert.Contains("takes an undefended classifier", HtmlReport.Write(report with { Result = nobody }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"Title\": \"half")]
    [InlineData("{ \"Title\": \"no more\" }")]
    public void A_damaged_report_is_named(string text)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "report.json");
        File.WriteAllText(path, text);

        Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => ReportJson.Read(path)).Message);
    }

    [Fact]
    public void Csv_tables_say_what_the_result_says()
    {
        var result = report.Result;

        var accuracy = Parse(ReportCsv.Accuracy(result));
        Assert.Equal(result.Defenses.Sum(defense => defense.Accuracies.Count), accuracy.Count);
        var whole = accuracy.Single(row => row["role"] == "whole" && row["epsilon"] == "0.15");
        Assert.Equal(result.Whole.At(0.15).Lenient.High, Number(whole["lenient_high"]));
        Assert.Equal(result.Whole.Coverage.Value, Number(whole["coverage"]));

        var contributions = Parse(ReportCsv.Contributions(result));
        Assert.Equal(
            2 * result.Contributions.Count + result.Members.Count + result.VersusControls.Count, contributions.Count);
        var compact = contributions.Single(
            row => row["component"] == "Compact" && row["objective"] == "lenient" && row["comparison"] == "left out");
        Assert.Equal(("Subtracts", result.Contributions[2].Lenient.P), (compact["verdict"], Number(compact["p"])));
        Assert.Equal("FeatureSeparation; NonRobustFeatures", compact["categories"]);

        var images = Parse(ReportCsv.Images(result));
        Assert.Equal(result.Defenses.Count() * result.Count, images.Count);
        var survived = images.Count(row => row["defense"] == "FiveStrengths" && row["strict"] == row["draws"]);
        Assert.Equal(result.Whole.Survival.Flags(Criterion.Disrupted, 0.15).Count(flag => flag), survived);
    }

    [Fact]
    public void Csv_quotes_what_would_break_a_row()
    {
        var whole = report.Result.Whole with { Name = "a, \"b\"\nc" };

        Assert.Contains(
            Parse(ReportCsv.Accuracy(report.Result with { Whole = whole })), row => row["defense"] == "a, \"b\"\nc");
    }

    [Fact]
    public void Console_report_fits_100_columns()
    {
        var text = OnConsole(report);

        Assert.All(text.Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, 100));
        Assert.Contains("VALID The attack stands up to its 2 checks.", text);
        var at = report.Result.Whole.At(0.15);
        Assert.Contains($"lenient {at.Lenient}", text);
        Assert.Contains($"strict {at.Strict}", text);
        var compact = report.Result.Contributions[2];
        Assert.Equal(Verdict.Subtracts, compact.Verdict);
        Assert.Contains($"Compact: {compact.Words}", text);
        Assert.Contains("Pruned: no measurable effect (may add nothing, as declared: Athalye et al. broke it", text);
        Assert.Contains("The whole beats its best member Edges", text);
        Assert.Contains("Lowered 2 images fell to: the attack leaves nothing to <noise>", text);
        Assert.DoesNotContain("INVALID", text);
    }

    [Fact]
    public void Console_report_says_that_an_attack_failed_its_checks()
    {
        var text = OnConsole(SampleReport.Create(new SanityCheck("[more] steps", false, "41.0% falls to 22.5%")));

        Assert.Contains("INVALID These figures say nothing about robustness:", text);
        Assert.Contains("- [more] steps: 41.0% falls to 22.5%", text);
        Assert.DoesNotContain("Robust accuracy  ", text);
        Assert.Contains("Unproven, stood   lenient", text);
    }

    static string OnConsole(RobustnessReport report)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(text),
            });
        console.Profile.Width = 100;
        ConsoleReport.Write(report, console);
        return text.ToString();
    }

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>RFC 4180: fields between commas, quoted where they hold a comma, a quote or a line end.</summary>
    static List<Dictionary<string, string>> Parse(string csv)
    {
        var (rows, row, field, quoted) = (new List<List<string>>(), new List<string>(), "", false);
        for (var i = 0; i < csv.Length; i++)
        {
            if (quoted && csv[i] == '"' && i + 1 < csv.Length && csv[i + 1] == '"')
                field += csv[i++];
            else if (csv[i] == '"')
                quoted = !quoted;
            else if (!quoted && csv[i] is ',' or '\r' && !quoted)
            {
                row.Add(field);
                field = "";
            }
            else if (!quoted && csv[i] == '\n')
            {
                rows.Add(row);
                row = [];
            }
            else
                field += csv[i];
        }
        Assert.All(rows, r => Assert.Equal(rows[0].Count, r.Count));
        return [.. rows.Skip(1).Select(r => rows[0].Zip(r).ToDictionary(pair => pair.First, pair => pair.Second))];
    }
}
