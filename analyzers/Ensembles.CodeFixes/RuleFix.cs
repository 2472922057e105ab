using System.Collections.Immutable;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Editing;

namespace Ensembles.CodeFixes;

/// <summary>The fixes of one rule, one diagnostic at a time or all at once, in any number of files.</summary>
public abstract class RuleFix(string id) : CodeFixProvider
{
    public sealed override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(id);

    public sealed override FixAllProvider GetFixAllProvider() => new FixEverywhere(this);

    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        foreach (var diagnostic in context.Diagnostics)
        {
            foreach (
                var fix in await Find(context.Document, diagnostic, context.CancellationToken).ConfigureAwait(false))
            {
                var action = CodeAction.Create(
                    fix.Title, cancellation => Apply(context.Document.Project.Solution, [fix], cancellation), fix.Key);
                context.RegisterCodeFix(action, diagnostic);
            }
        }
    }

    /// <summary>Makes the edits of several fixes, one after the other.</summary>
    internal static async Task<Solution> Apply(
        Solution solution, IEnumerable<Fix> fixes, CancellationToken cancellation)
    {
        var editor = new SolutionEditor(solution);
        foreach (var fix in fixes)
            await fix.Apply(editor, cancellation).ConfigureAwait(false);
        return editor.GetChangedSolution();
    }

    /// <summary>The fixes that apply; none where a condition does not hold.</summary>
    internal async Task<IReadOnlyList<Fix>> Find(
        Document document, Diagnostic diagnostic, CancellationToken cancellation)
    {
        if (await document.GetSyntaxRootAsync(cancellation).ConfigureAwait(false) is not { } root
            || await document.GetSemanticModelAsync(cancellation).ConfigureAwait(false) is not { } model
            || !root.FullSpan.Contains(diagnostic.Location.SourceSpan))
            return [];
        return Find(
            new Finding(document, model, root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true))
            {
                Says = diagnostic.GetMessage(CultureInfo.InvariantCulture),
            },
            cancellation);
    }

    /// <summary>The fixes that apply to what the rule found.</summary>
    protected abstract IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation);
}
