using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace Ensembles.CodeFixes;

/// <summary>
/// Fixes all diagnostics of a document, a project or a solution. Unlike Roslyn's batch fixer it does not merge texts,
/// which loses a fix where two touch the same line: both add "partial" to the class around them, say.
/// </summary>
sealed class FixEverywhere(RuleFix rule) : FixAllProvider
{
    public override IEnumerable<FixAllScope> GetSupportedFixAllScopes() =>
        [FixAllScope.Document, FixAllScope.Project, FixAllScope.Solution];

    public override async Task<CodeAction?> GetFixAsync(FixAllContext context)
    {
        var fixes = new List<Fix>();
        foreach (var (document, diagnostic) in await Diagnostics(context).ConfigureAwait(false))
        {
            var found = await rule.Find(document, diagnostic, context.CancellationToken).ConfigureAwait(false);
            fixes.AddRange(
                found.Where(fix => fix.Key == context.CodeActionEquivalenceKey && !fix.IsDecision).Take(1));
        }

        return fixes.Count == 0
            ? null
            : CodeAction.Create(
                $"{fixes[0].Title} (all)", cancellation => RuleFix.Apply(context.Solution, fixes, cancellation),
                context.CodeActionEquivalenceKey);
    }

    static async Task<IEnumerable<(Document, Diagnostic)>> Diagnostics(FixAllContext context)
    {
        var diagnostics = ImmutableArray<Diagnostic>.Empty;
        if (context is { Scope: FixAllScope.Document, Document: { } document })
            diagnostics = await context.GetDocumentDiagnosticsAsync(document).ConfigureAwait(false);
        foreach (var project in Projects(context))
            diagnostics = diagnostics.AddRange(await context.GetAllDiagnosticsAsync(project).ConfigureAwait(false));

        return diagnostics
            .Where(diagnostic => !diagnostic.IsSuppressed)
            .OrderBy(diagnostic => diagnostic.Location.SourceTree?.FilePath, StringComparer.Ordinal)
            .ThenBy(diagnostic => diagnostic.Location.SourceSpan.Start)
            .Select(diagnostic => (context.Solution.GetDocument(diagnostic.Location.SourceTree)!, diagnostic))
            .Where(pair => pair.Item1 is not null)
            .ToList();
    }

    static IEnumerable<Project> Projects(FixAllContext context) => context.Scope switch
    {
        FixAllScope.Project => [context.Project],
        FixAllScope.Solution => context.Solution.Projects,
        _ => [],
    };
}
