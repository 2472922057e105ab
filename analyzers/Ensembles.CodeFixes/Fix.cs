using Microsoft.CodeAnalysis.Editing;

namespace Ensembles.CodeFixes;

/// <summary>One way to fix one diagnostic.</summary>
/// <param name="Title">What it does, as the editor shows it.</param>
/// <param name="Key">
/// What the same fix of other diagnostics has in common with it, so that all can be fixed at once.
/// </param>
/// <param name="Apply">
/// The edits. They may meet the edits of other fixes to the same nodes, so each looks at the node as it is by then.
/// </param>
public sealed record Fix(string Title, string Key, Func<SolutionEditor, CancellationToken, Task> Apply)
{
    /// <summary>
    /// Whether it decides what only a person knows, which nothing decides for all diagnostics at once.
    /// </summary>
    public bool IsDecision { get; init; }
}
