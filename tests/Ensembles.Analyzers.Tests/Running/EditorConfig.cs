using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Tests.Running;

/// <summary>Severities from the text of an .editorconfig.</summary>
sealed class EditorConfig(AnalyzerConfigSet set) : SyntaxTreeOptionsProvider
{
    public static EditorConfig? Of(string? text) =>
        text is null
            ? null
            : new(
                AnalyzerConfigSet.Create(
                    new List<AnalyzerConfig> { AnalyzerConfig.Parse("root = true\n" + text, "/.editorconfig") }));

    public override GeneratedKind IsGenerated(SyntaxTree tree, CancellationToken cancellation) => GeneratedKind.Unknown;

    public override bool TryGetDiagnosticValue(
        SyntaxTree tree, string id, CancellationToken cancellation, out ReportDiagnostic severity) =>
        set.GetOptionsForSourcePath(tree.FilePath).TreeOptions.TryGetValue(id, out severity);

    public override bool TryGetGlobalDiagnosticValue(
        string id, CancellationToken cancellation, out ReportDiagnostic severity)
    {
        severity = default;
        return false;
    }
}
