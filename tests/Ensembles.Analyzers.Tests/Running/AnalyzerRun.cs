using Ensembles.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Tests.Running;

/// <summary>
/// Sources as a build sees them: compiled, completed by the generator, and analyzed. Without the generator every
/// partial property of an ensemble would lack its body, and rules would be tested on code that nobody has.
/// </summary>
sealed class AnalyzerRun
{
    AnalyzerRun(Compilation completed, bool generated, IReadOnlyList<Diagnostic> diagnostics)
    {
        Completed = completed;
        Generated = generated;
        Diagnostics = diagnostics;
    }

    /// <summary>The sources with the generator's code.</summary>
    public Compilation Completed { get; }

    /// <summary>Whether the generator wrote anything that is more than a stand-in.</summary>
    public bool Generated { get; }

    /// <summary>What the analyzers report and the sources do not suppress, in order of place.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>Errors of the compiler.</summary>
    public IEnumerable<Diagnostic> CompilerErrors =>
        Completed.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

    /// <summary>
    /// Errors of the compiler, but for bodies and constructors that are missing because the generator wrote none, where
    /// an error of ours says why.
    /// </summary>
    public IEnumerable<Diagnostic> UnexplainedErrors
    {
        get
        {
            var explained = Diagnostics.Any(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            return CompilerErrors.Where(error => !(explained && error.Id is "CS9248" or "CS1729"));
        }
    }

    /// <summary>Runs the analyzers given, or all of them.</summary>
    public static AnalyzerRun On(IEnumerable<string> sources, params DiagnosticAnalyzer[] analyzers) =>
        On(Compile(sources), analyzers);

    public static AnalyzerRun On(CSharpCompilation compilation, params DiagnosticAnalyzer[] analyzers) =>
        On(compilation, null, analyzers);

    /// <summary>Runs the analyzers given, or all of them, under an .editorconfig.</summary>
    /// <param name="compilation">The sources.</param>
    /// <param name="editorConfig">The text of the .editorconfig; null for none.</param>
    /// <param name="analyzers">The analyzers; none for all.</param>
    /// <param name="beside">Additional files of the build.</param>
    public static AnalyzerRun On(
        CSharpCompilation compilation, string? editorConfig, DiagnosticAnalyzer[] analyzers,
        params AdditionalText[] beside)
    {
        var driver = CSharpGeneratorDriver.Create(
            [new EnsembleGenerator().AsSourceGenerator()], parseOptions: References.Parsing);
        var run = driver.RunGeneratorsAndUpdateCompilation(compilation, out var completed, out _).GetRunResult();
        completed =
            completed.WithOptions(completed.Options.WithSyntaxTreeOptionsProvider(EditorConfig.Of(editorConfig)));

        var crashes = new List<Exception>();
        var options = new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([.. beside]),
            onAnalyzerException: (crash, _, _) => { lock (crashes) crashes.Add(crash); },
            concurrentAnalysis: true, logAnalyzerExecutionTime: false);
        var diagnostics = completed
            .WithAnalyzers(analyzers.Length == 0 ? [.. Rules.Analyzers] : [.. analyzers], options)
            .GetAnalyzerDiagnosticsAsync().GetAwaiter().GetResult();
        Assert.Empty(crashes);

        return new AnalyzerRun(
            completed,
            run.GeneratedTrees.Any(tree => !tree.FilePath.EndsWith(".refused.g.cs", StringComparison.Ordinal)),
        [
            .. diagnostics
                .Where(diagnostic => !diagnostic.IsSuppressed)
                .OrderBy(diagnostic => diagnostic.Location.SourceTree?.FilePath, StringComparer.Ordinal)
                .ThenBy(diagnostic => diagnostic.Location.SourceSpan.Start)
                .ThenBy(diagnostic => diagnostic.Id, StringComparer.Ordinal),
        ]);
    }

    /// <summary>Compiles sources, without the generator.</summary>
    public static CSharpCompilation Compile(
        IEnumerable<string> sources, string assembly = "Demo",
        params MetadataReference[] more) => CSharpCompilation.Create(
        assembly,
        sources.Select((source, i) =>
            CSharpSyntaxTree.ParseText(source, References.Parsing, $"/{assembly}/Source{i}.cs")),
        References.All.AddRange(more),
        References.Compiling);
}
