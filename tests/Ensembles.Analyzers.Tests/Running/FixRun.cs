using System.Collections.Immutable;
using Ensembles.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Tests.Running;

/// <summary>
/// A solution of one project in which a rule reports and its fixes are applied, as an editor does it.
/// </summary>
sealed class FixRun : IDisposable
{
    readonly AdhocWorkspace workspace = new();
    readonly DiagnosticAnalyzer analyzer;
    readonly CodeFixProvider provider;
    Project project;

    public FixRun(DiagnosticAnalyzer analyzer, CodeFixProvider provider, IEnumerable<string> sources)
    {
        (this.analyzer, this.provider) = (analyzer, provider);
        project = workspace.AddProject(ProjectInfo.Create(
            ProjectId.CreateNewId(), VersionStamp.Default, "Demo", "Demo", LanguageNames.CSharp,
            compilationOptions: References.Compiling, parseOptions: References.Parsing,
            metadataReferences: References.All, analyzerReferences: [new Generator()]));
        foreach (var (source, i) in sources.Select((source, i) => (source, i)))
            project = project.AddDocument($"Source{i}.cs", source, filePath: $"/Demo/Source{i}.cs").Project;
    }

    /// <summary>The texts of the sources as they are now.</summary>
    public IReadOnlyList<string> Sources =>
        [.. project.Documents.Select(document => document.GetTextAsync().Result.ToString())];

    /// <summary>What the rule reports now.</summary>
    public ImmutableArray<Diagnostic> Diagnostics
    {
        get
        {
            var compilation = project.GetCompilationAsync().Result!;
            var diagnostics = compilation.WithAnalyzers([analyzer]).GetAnalyzerDiagnosticsAsync().Result;
            return [
                .. diagnostics.OrderBy(d => d.Location.SourceTree!.FilePath, StringComparer.Ordinal)
                    .ThenBy(d => d.Location.SourceSpan.Start)];
        }
    }

    /// <summary>Errors of the compiler now, with the generator's code.</summary>
    public IEnumerable<Diagnostic> CompilerErrors =>
        project.GetCompilationAsync().Result!.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error);

    /// <summary>The fixes offered for a diagnostic.</summary>
    public IReadOnlyList<CodeAction> Offered(Diagnostic diagnostic)
    {
        var actions = new List<CodeAction>();
        var document = project.GetDocument(diagnostic.Location.SourceTree)!;
        provider.RegisterCodeFixesAsync(
            new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), default)).Wait();
        return actions;
    }

    /// <summary>Applies a fix of everything in the project that the fix with this key applies to.</summary>
    public CodeAction? OfferedEverywhere(string key) => provider.GetFixAllProvider()!.GetFixAsync(new FixAllContext(
        project.Documents.First(), provider, FixAllScope.Project, key, [.. provider.FixableDiagnosticIds], new Found(
            this), default)).Result;

    /// <summary>The solution as the fix leaves it.</summary>
    public static Solution Changed(CodeAction action) =>
        Assert.Single(action.GetOperationsAsync(default).Result.OfType<ApplyChangesOperation>()).ChangedSolution;

    public void Apply(CodeAction action) => project = Changed(action).GetProject(project.Id)!;

    public void Dispose() => workspace.Dispose();

    sealed class Found(FixRun run) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(
            Project project, CancellationToken cancellation) =>
            Task.FromResult<IEnumerable<Diagnostic>>(run.Diagnostics);

        public override Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(
            Document document, CancellationToken cancellation) =>
            Task.FromResult(run.Diagnostics.Where(d => d.Location.SourceTree!.FilePath == document.FilePath));

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(
            Project project, CancellationToken cancellation) =>
            Task.FromResult<IEnumerable<Diagnostic>>([]);
    }

    sealed class Generator : AnalyzerReference
    {
        // Workspaces keep a generator's state by instance.
        readonly ISourceGenerator generator = new EnsembleGenerator().AsSourceGenerator();

        public override string? FullPath => null;

        public override object Id => nameof(EnsembleGenerator);

        public override ImmutableArray<DiagnosticAnalyzer> GetAnalyzers(string language) => [];

        public override ImmutableArray<DiagnosticAnalyzer> GetAnalyzersForAllLanguages() => [];

        public override ImmutableArray<ISourceGenerator> GetGenerators(string language) => [generator];
    }
}
