using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Tests;

/// <summary>What a project says about severities holds.</summary>
public class SuppressionTests
{
    const string Ensemble = """
        [Ensemble<MeanLogit>]
        public partial class OneSided
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Trained B { get; }
        }
        """;

    [Fact]
    public void Without_any_the_rule_reports() => Assert.Equal([DiagnosticSeverity.Warning], Severities(Ensemble));

    [Fact]
    public void A_pragma_is_honoured() => Assert.Empty(Severities($"#pragma warning disable ENS0001\n{Ensemble}"));

    [Fact]
    public void A_SuppressMessage_attribute_is_honoured() => Assert.Empty(Severities(
        $"""
        [System.Diagnostics.CodeAnalysis.SuppressMessage(
            "Ensembles.Diversity", "ENS0001", Justification = "A baseline.")]
        {Ensemble}
        """));

    [Theory]
    [InlineData("none", new DiagnosticSeverity[0])]
    [InlineData("error", new[] { DiagnosticSeverity.Error })]
    public void An_editorconfig_is_honoured(string severity, DiagnosticSeverity[] expected) => Assert.Equal(
        expected,
        Severities(Ensemble, $"""
            [*.cs]
            dotnet_diagnostic.ENS0001.severity = {severity}
            """));

    static IEnumerable<DiagnosticSeverity> Severities(string source, string? editorConfig = null) => AnalyzerRun
        .On(AnalyzerRun.Compile([Snippets.Usings + source, Snippets.Zoo]), editorConfig, [new ENS0001SingleCategory()])
        .Diagnostics.Select(diagnostic => diagnostic.Severity);
}
