using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Editing;

namespace Ensembles.CodeFixes;

/// <summary>Where a rule found something.</summary>
/// <param name="Document">The document.</param>
/// <param name="Model">What its code means.</param>
/// <param name="Node">The innermost node at the place reported.</param>
public sealed record Finding(Document Document, SemanticModel Model, SyntaxNode Node)
{
    /// <summary>The message.</summary>
    public string Says { get; init; } = "";

    /// <summary>Everything that is open beside the document.</summary>
    public Solution Solution => Document.Project.Solution;

    /// <summary>An edit of one node of this document.</summary>
    /// <param name="node">The node as it is now.</param>
    /// <param name="edit">What becomes of it, given the node as earlier edits left it.</param>
    public Func<SolutionEditor, CancellationToken, Task> Edit<T>(T node, Func<T, SyntaxNode> edit)
        where T : SyntaxNode => Edit(Document, node, edit);

    /// <summary>An edit of one node of any document.</summary>
    public static Func<SolutionEditor, CancellationToken, Task> Edit<T>(
        Document document, T node, Func<T, SyntaxNode> edit) where T : SyntaxNode =>
        async (editor, cancellation) =>
        {
            var documentEditor = await editor.GetDocumentEditorAsync(document.Id, cancellation).ConfigureAwait(false);
            documentEditor.ReplaceNode(node, (current, _) => edit((T)current));
        };
}
