using Ensembles.Analyzers.Tests.Running;
using Ensembles.Evaluation;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Tests.Reports;

/// <summary>What the tests of a rule about evidence stand on.</summary>
public abstract class EvidenceTests<TRule>
    where TRule : DiagnosticAnalyzer, new()
{
    /// <summary>A gate and two members; the marks are where rules speak.</summary>
    protected const string Pair = """
        [Ensemble<MeanLogit>]
        public partial class Pair
        {
            [Gate(FalsePositiveRate = 0.01)] public partial Watchful Doubt { get; }
            [Member] public partial Blurred A { get; }
            [Member(Weight = 0.5)] public partial Compact B { get; }
        }
        """;

    /// <summary>What a study writes of it.</summary>
    private protected static Evidence Found { get; } = new(
        "Pair",
        "MeanLogit, quorum 1: member A Blurred 1; member B Compact 0.5; gate Doubt Watchful 0.01",
        "300 images, PGD-40 x 4 at Linf 0.3, 2026-11-26",
        [
            new("A", "adds: 43.0% robust with it, 31.0% without"),
            new("B", "adds nothing that shows: 43.0% robust with it, 44.0% without"),
        ],
        [
            new("A", "non-robust feature removal", "yes", "holds: 0.2, undefended 0.7"),
            new("B", "intra-class compactness", "no", "does not show: 0.6, undefended 0.3"),
            new("B", "small input Jacobian", "stated", "does not show: 3, undefended 2"),
            new("B", "certified radius", "unknown", "not measured: no certificate"),
        ]);

    private protected static string Setting => Found.Setting;

    /// <summary>Asserts what the rule reports at the marked places of a snippet.</summary>
    private protected static void Reports(string marked, string? json, params string[] messages)
    {
        var snippet = new Marked(Snippets.Usings + marked);
        var run = AnalyzerRun.On(
            AnalyzerRun.Compile([snippet.Source, Snippets.Zoo]), editorConfig: null, [new TRule()],
            json is null ? [] : [new AdditionalJson("/Demo/Pair.evidence.json", json)]);

        Assert.Equal(messages, run.Diagnostics.Select(diagnostic => diagnostic.GetMessage()));
        Assert.Equal(snippet.Spans, run.Diagnostics.Select(diagnostic => diagnostic.Location.SourceSpan));
        Assert.Equal([], run.UnexplainedErrors);
    }

    /// <summary>The snippet with some names marked.</summary>
    protected static string Mark(string snippet, params string[] names) => names.Aggregate(
        snippet, (text, name) => text.Replace($" {name} {{", $" [|{name}|] {{", StringComparison.Ordinal));
}
