using System.Text.RegularExpressions;
using Ensembles.Evaluation.Tests.Fakes;

namespace Ensembles.Evaluation.Tests.Reports;

public partial class HtmlReportTests
{
    static readonly RobustnessReport report = SampleReport.Create();
    static readonly string html = HtmlReport.Write(report);

    [Fact]
    public void Every_figure_stands_in_it()
    {
        var result = report.Result;
        Assert.All(result.Defenses, defense =>
        {
            var at = defense.At(result.Threat.Epsilon);
            Assert.All(
                (Rate[])[defense.Clean, at.Lenient, at.Strict], rate => Assert.Contains(Markup.Cell(rate), html));
            Assert.Contains(Markup.Text(defense.Name), html);
        });
        Assert.All(
            result.Members.Append(result.Whole).SelectMany(defense => defense.Accuracies),
            at => Assert.Contains(Markup.Cell(at.Lenient), html));
        Assert.All(result.Contributions, c =>
        {
            Assert.Contains(Markup.Text($"{c.Words}"), html);
            Assert.Contains(Markup.Text(c.Counts), html);
            Assert.Contains(Wording.Points(c.Lenient.Difference), html);
            Assert.Contains(Wording.Points(c.Strict.Difference), html);
            Assert.Contains(Markup.Text(Wording.P(c.Lenient.CorrectedP)), html);
        });
        Assert.All(result.Checks, check => Assert.Contains(Markup.Text(check.Finding), html));
        Assert.All(result.Attacks[0].Settings, setting => Assert.Contains($"{setting.Key} {setting.Value}", html));
        Assert.Contains("23 of 400", html);
        Assert.All(result.GateCurve, point => Assert.Contains(Markup.Cell(point.Strict), html));
        Assert.Contains("5%, as declared", html);
        Assert.Contains("Seed 1;", html);
        Assert.Contains("2.1 min", html);
    }

    [Fact]
    public void A_member_of_two_categories_shows_both()
    {
        Assert.Contains("feature separation + non-robust features", html);
        Assert.Contains("gradient masking", html);
    }

    [Fact]
    public void Nothing_is_loaded_from_elsewhere()
    {
        Assert.DoesNotContain("http:", html);
        Assert.DoesNotContain("https:", html);
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("<link", html);
        Assert.DoesNotContain("@import", html);
        Assert.DoesNotContain("url(", html);
        var sources = Source().Matches(html);
        Assert.Equal(3 * report.Result.Gallery.Count, sources.Count);
        Assert.All(sources, source => Assert.StartsWith("data:image/png;base64,iVBORw0KGgo", source.Groups[1].Value));
    }

    [Fact]
    public void Words_from_outside_are_escaped()
    {
        Assert.Contains("&lt;triangle&gt;", html);
        Assert.DoesNotContain("<triangle>", html);
        Assert.Contains("--seed 1 &gt; &quot;out&quot;", html);
    }

    [Fact]
    public void Labels_of_plots_are_text()
    {
        var texts = SvgText().Matches(html).Select(match => match.Groups[1].Value).ToArray();

        Assert.All(
            report.Result.Members.Append(report.Result.Undefended!),
            member => Assert.Contains(texts, text => text.StartsWith(member.Name + " ", StringComparison.Ordinal)));
        Assert.All(report.Result.Contributions, c => Assert.Contains(c.Component, texts));
        Assert.Contains("Linf radius \u03b5", texts);
        Assert.Contains("0.15", texts);
        Assert.Contains("100%", texts);
    }

    [Fact]
    public void Tags_close_in_order()
    {
        var open = new Stack<string>();
        foreach (Match tag in Tag().Matches(html))
        {
            var name = tag.Groups[2].Value;
            if (tag.Groups[1].Length > 0)
                Assert.Equal(name, open.Pop());
            else if (!tag.Value.EndsWith("/>", StringComparison.Ordinal) && name is not ("meta" or "img" or "br"))
                open.Push(name);
        }
        Assert.Empty(open);
    }

    [Fact]
    public void A_failed_check_makes_the_headline_invalid()
    {
        Assert.Contains("<strong>VALID</strong>", html);
        var invalid = HtmlReport.Write(
            SampleReport.Create(
                new SanityCheck("more steps change nothing", false, "41.0% falls to 22.5%"),
                new SanityCheck("noise", true, "")));

        Assert.DoesNotContain("<strong>VALID</strong>", invalid);
        Assert.Contains("<strong>INVALID</strong>", invalid);
        Assert.Contains("<li>more steps change nothing: 41.0% falls to 22.5%</li>", invalid);
        Assert.Contains("<dt>Lenient robust accuracy</dt>", html);
        Assert.DoesNotContain("<dt>Lenient robust accuracy</dt>", invalid);
        Assert.Contains("<dt>Unproven: stood, leniently</dt>", invalid);
    }

    [Fact]
    public void What_lowered_the_figure_is_named() =>
        Assert.Contains("<li>2 images fell to: the attack leaves nothing to &lt;noise&gt;</li>", html);

    [Fact]
    public void An_attack_at_fault_makes_the_headline_invalid()
    {
        var whole = report.Result.Whole;
        var faulty = report with
        {
            Result = report.Result with
            {
                Whole = whole with { Attacks = [whole.Attacks[0] with { Fault = "PGD had no gradient to follow" }] },
            },
        };

        Assert.False(faulty.Result.Valid);
        Assert.Contains("<li>PGD had no gradient to follow</li>", HtmlReport.Write(faulty));
        Assert.False((report.Result with { Whole = whole with { Checks = [] } }).Valid);
    }

    [Theory]
    [InlineData(0, 0.3, 6, new[] { 0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3 })]
    [InlineData(-34, 32, 7, new double[] { -30, -20, -10, 0, 10, 20, 30 })]
    [InlineData(0, 8.0 / 255, 6, new[] { 0, 0.01, 0.02, 0.03 })]
    public void Axes_have_round_ticks(double low, double high, int about, double[] expected)
    {
        var ticks = Scale.Ticks(low, high, about).ToArray();
        Assert.Equal(expected.Length, ticks.Length);
        for (var i = 0; i < ticks.Length; i++)
            Assert.Equal(expected[i], ticks[i], 1e-9);
    }

    [GeneratedRegex("src=\"([^\"]*)\"")]
    private static partial Regex Source();

    [GeneratedRegex("<text[^>]*>([^<]*)</text>")]
    private static partial Regex SvgText();

    [GeneratedRegex("<(/?)([a-z][a-z0-9]*)[^>]*>")]
    private static partial Regex Tag();
}
