using System.Text.RegularExpressions;
using Ensembles.Analyzers.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Tests;

/// <summary>Descriptors agree with each other, with the release files and with the names of their files.</summary>
public partial class DescriptorTests
{
    static readonly string[] errors =
        ["ENS0006", "ENS0007", "ENS0008", "ENS0009", "ENS0010", "ENS0012", "ENS0101", "ENS0401"];
    static readonly string[] advice = ["ENS0003", "ENS0301", "ENS0302", "ENS0501", "ENS0503"];

    [Fact]
    public void Each_rule_has_an_id_of_its_own_and_a_class_called_after_it() => Assert.All(Rules.Analyzers, analyzer =>
    {
        var rule = Assert.Single(analyzer.SupportedDiagnostics);
        Assert.Single(Rules.Descriptors, other => other.Id == rule.Id);
        Assert.Matches($"^{rule.Id}[A-Z]", analyzer.GetType().Name);
    });

    [Fact]
    public void A_rule_is_an_error_where_no_code_can_be_made_and_advice_where_nothing_is_wrong() =>
        Assert.All(Rules.Descriptors, rule =>
    {
        var expected = errors.Contains(rule.Id)
            ? DiagnosticSeverity.Error
            : advice.Contains(rule.Id)
            ? DiagnosticSeverity.Info
            : DiagnosticSeverity.Warning;
        Assert.Equal((expected, true), (rule.DefaultSeverity, rule.IsEnabledByDefault));
    });

    [Fact]
    public void The_release_files_list_exactly_the_rules() => Assert.Equal(
        Rules.Descriptors.Select(rule => $"{rule.Id} | {rule.Category} | {rule.DefaultSeverity} | {rule.Title}")
            .Order(StringComparer.Ordinal),
        new[] { "Shipped", "Unshipped" }
            .SelectMany(file =>
                Repository.Read("analyzers", "Ensembles.Analyzers", $"AnalyzerReleases.{file}.md").Split('\n'))
            .Where(line => Entry().IsMatch(line))
            .Order(StringComparer.Ordinal));

    [GeneratedRegex(@"^ENS\d{4} \|")]
    private static partial Regex Entry();
}
