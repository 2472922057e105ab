using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers.Tests.Running;

/// <summary>What the tests of one rule with fixes stand on.</summary>
public abstract class FixTests<TRule, TFix> : RuleTests<TRule>
    where TRule : DiagnosticAnalyzer, new()
    where TFix : CodeFixProvider, new()
{
    /// <summary>
    /// Asserts that the fix offered first for the first diagnostic makes the snippet what it should be, and that this
    /// compiles.
    /// </summary>
    protected static void Fixes(string snippet, string expected) => Fixes(snippet, offer: 0, expected);

    /// <summary>Asserts what one of the fixes offered for the first diagnostic makes of the snippet.</summary>
    protected static void Fixes(string snippet, int offer, string expected)
    {
        using var run = Start(snippet);

        run.Apply(run.Offered(run.Diagnostics[0])[offer]);

        Assert.Equal(expected, run.Sources[0][Snippets.Usings.Length..]);
        Assert.Equal([], run.CompilerErrors);
    }

    /// <summary>
    /// Asserts that the fix offered first for the first diagnostic, applied everywhere, leaves nothing to report.
    /// </summary>
    protected static void FixesAll(string snippet, string expected)
    {
        using var run = Start(snippet);
        var key = run.Offered(run.Diagnostics[0])[0].EquivalenceKey!;

        run.Apply(run.OfferedEverywhere(key)!);

        Assert.Equal(expected, run.Sources[0][Snippets.Usings.Length..]);
        Assert.Equal([], run.CompilerErrors);
        Assert.Empty(run.Diagnostics);
    }

    /// <summary>Asserts that fixes are offered for each diagnostic, and none for all of them at once.</summary>
    protected static void OffersNothingEverywhere(string snippet)
    {
        using var run = Start(snippet);

        var offered = run.Diagnostics.SelectMany(run.Offered).ToList();
        Assert.NotEmpty(offered);
        Assert.All(offered, action => Assert.Null(run.OfferedEverywhere(action.EquivalenceKey!)));
    }

    /// <summary>Asserts that the rule reports, and no fix is offered.</summary>
    protected static void OffersNothing(string snippet)
    {
        using var run = Start(snippet);

        Assert.NotEmpty(run.Diagnostics);
        Assert.All(run.Diagnostics, diagnostic => Assert.Empty(run.Offered(diagnostic)));
    }

    static FixRun Start(string snippet) => new(new TRule(), new TFix(), [Snippets.Usings + snippet, Snippets.Zoo]);
}
