using System.Text.RegularExpressions;
using Ensembles.Analyzers.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Tests;

/// <summary>
/// Each rule has a page that says the same as the rule, and whose examples are what they say they are.
/// </summary>
public partial class PageTests
{
    static readonly string[] sections = ["What it sees", "Why it matters", "Bad", "Good", "How to suppress"];

    public static TheoryData<string> Ids => [.. Rules.Descriptors.Select(rule => rule.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_page_has_the_title_and_the_severity_of_its_rule(string id)
    {
        var rule = Rules.Descriptors.Single(rule => rule.Id == id);

        Assert.StartsWith(
            $"# {id}: {rule.Title}\n\nSeverity: {rule.DefaultSeverity.ToString().ToLowerInvariant()}.", Page(id));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_page_has_the_same_sections_as_every_other(string id)
    {
        var page = Page(id);

        Assert.Equal(sections, Headings().Matches(page).Select(match => match.Groups[1].Value));
        Assert.All(sections, section => Assert.NotEmpty(Section(page, section)));
        Assert.Contains($"#pragma warning disable {id}", Section(page, "How to suppress"));
        Assert.Contains($"dotnet_diagnostic.{id}.severity", Section(page, "How to suppress"));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_bad_example_reports_the_rule(string id)
    {
        var run = Run(id, "Bad");

        Assert.Contains(id, run.Diagnostics.Select(diagnostic => diagnostic.Id));
        Assert.Equal([], run.UnexplainedErrors);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_good_example_reports_nothing_but_advice_of_other_rules(string id)
    {
        var run = Run(id, "Good");

        Assert.DoesNotContain(
            run.Diagnostics, diagnostic => diagnostic.Id == id || diagnostic.Severity != DiagnosticSeverity.Info);
        Assert.Equal([], run.UnexplainedErrors);
    }

    [Fact]
    public void There_are_no_pages_without_a_rule() => Assert.Equal(
        Rules.Descriptors.Select(rule => rule.Id).Order(),
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "analyzers", "docs"), "ENS*.md")
            .Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Order());

    [Theory]
    [MemberData(nameof(Ids))]
    public void Links_lead_to_pages(string id) => Assert.All(
        Link().Matches(Page(id)), link =>
            Assert.True(
                File.Exists(Path.Combine(Repository.Root, "analyzers", "docs", link.Groups[1].Value)), link.Value));

    [Fact]
    public void Help_links_lead_to_the_pages() => Assert.All(
        Rules.Descriptors,
        rule => Assert.True(File.Exists(Path.Combine(Repository.Root, rule.HelpLinkUri)), rule.HelpLinkUri));

    static string Page(string id) => Repository.Read("analyzers", "docs", $"{id}.md");

    static string Section(string page, string heading) =>
        Regex.Match(
            page, $@"^## {Regex.Escape(heading)}\n(.*?)(?=^## |\z)",
            RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value.Trim();

    /// <summary>The example of a section, with the file beside the project that it shows, if any.</summary>
    static AnalyzerRun Run(string id, string heading)
    {
        var section = Section(Page(id), heading);
        var beside = JsonBlock().Matches(section).Select(match => new AdditionalJson(
            $"{EnsembleName().Match(match.Value).Groups[1].Value}.evidence.json", match.Groups[1].Value));
        return AnalyzerRun.On(
            AnalyzerRun.Compile([Snippets.Usings + CodeBlock().Match(section).Groups[1].Value]), editorConfig: null,
            [], [.. beside]);
    }

    [GeneratedRegex(@"^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^```json\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex("\"ensemble\": \"([^\"]+)\"")]
    private static partial Regex EnsembleName();
}
