using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Tests.Running;

/// <summary>What the tests of one rule stand on.</summary>
public abstract class RuleTests<TRule>
    where TRule : DiagnosticAnalyzer, new()
{
    /// <summary>
    /// Asserts that the rule reports the marked places, in their order, with these messages, and nothing else.
    /// </summary>
    /// <param name="marked">
    /// A snippet behind <see cref="Snippets.Usings"/>, compiled with <see cref="Snippets.Zoo"/>.
    /// </param>
    /// <param name="messages">One message for each marked place.</param>
    protected static void Reports(string marked, params string[] messages)
    {
        var snippet = new Marked(Snippets.Usings + marked);
        var run = AnalyzerRun.On([snippet.Source, Snippets.Zoo], new TRule());

        Assert.Equal(messages, run.Diagnostics.Select(diagnostic => diagnostic.GetMessage()));
        Assert.Equal(snippet.Spans, run.Diagnostics.Select(diagnostic => diagnostic.Location.SourceSpan));
        // A typing error in a snippet would make a rule silent for the wrong reason.
        Assert.Equal([], run.UnexplainedErrors);
    }

    /// <summary>Asserts that the rule has nothing to say about a snippet.</summary>
    protected static void Accepts(string snippet) => Reports(snippet);
}
