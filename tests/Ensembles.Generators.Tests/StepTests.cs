using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Generators.Tests;

/// <summary>
/// Why each step of the pipeline ran, since a generator that works on every keystroke makes an editor slow.
/// </summary>
public class StepTests
{
    static readonly string[] modelSteps = ["Ensembles", "EnsembleFiles", "Suites", "SuiteFiles", "Injection"];

    static readonly GeneratorRun first =
        GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.QuartetSuite, "class Unrelated { }"]);

    [Fact]
    public void Every_step_runs_at_first() =>
        Assert.All(modelSteps, step => Assert.Equal([IncrementalStepRunReason.New], Reasons(first, step)));

    [Fact]
    public void An_unrelated_edit_emits_nothing_again()
    {
        var second = first.After(c => Replace(c, "class Unrelated { }", "class Unrelated { int edited; }"));

        Assert.All(modelSteps, step => Assert.All(Reasons(second, step), AssertKept));
        Assert.All(Outputs(second), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void An_edit_of_the_same_file_that_changes_no_declaration_emits_nothing_again()
    {
        var second = first.After(c =>
            Replace(
                c, "public sealed class Uncertainty : Detector, ITrainable\n    {",
                "public sealed class Uncertainty : Detector, ITrainable\n    {\n        int edited;\n"));

        Assert.All(modelSteps, step => Assert.All(Reasons(second, step), AssertKept));
        Assert.All(Outputs(second), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Fact]
    public void Another_ensemble_leaves_this_one_alone()
    {
        var second = first.After(c =>
            Replace(c, "class Unrelated { }", Sources.Quartet.Replace("Quartet", "Quintet", StringComparison.Ordinal)));

        Assert.Equal(
            [IncrementalStepRunReason.New, IncrementalStepRunReason.Cached], Reasons(second, "Ensembles").Order());
        Assert.Equal(first.Files["Demo.Quartet.g.cs"], second.Files["Demo.Quartet.g.cs"]);
        Assert.Contains("Demo.Quintet.g.cs", second.Files.Keys);
        Assert.Contains(IncrementalStepRunReason.Cached, Outputs(second));
    }

    [Fact]
    public void An_edit_of_a_declaration_emits_it_again()
    {
        var second = first.After(c => Replace(c, "0.01", "0.02"));

        Assert.Equal([IncrementalStepRunReason.Modified], Reasons(second, "Ensembles"));
        Assert.Equal([IncrementalStepRunReason.Cached], Reasons(second, "Suites"));
        Assert.Contains("0.02d", second.Files["Demo.Quartet.g.cs"], StringComparison.Ordinal);
    }

    [Fact]
    public void Components_of_no_ensemble_are_kept_too()
    {
        var stray = Sources.Quartet.Replace("[Ensemble<Quorum>(Quorum = 3)]", "", StringComparison.Ordinal);
        var before = GeneratorRun.On([Sources.Defenses, stray, "class Unrelated { }"]);
        var after = before.After(c => Replace(c, "class Unrelated { }", "class Unrelated { int edited; }"));

        Assert.Equal(["Demo.Quartet-stray.refused.g.cs"], before.Files.Keys);
        Assert.All(Reasons(after, "Strays").Concat(Reasons(after, "StrayFiles")), AssertKept);
        Assert.Equal([IncrementalStepRunReason.Cached], Outputs(after));
    }

    [Fact]
    public void An_edit_of_a_claim_in_another_file_reaches_the_declaration()
    {
        var second = first.After(c => Replace(c, "[Claims<Calm>]", ""));

        Assert.Contains("Calm", first.Files["Demo.Quartet.g.cs"], StringComparison.Ordinal);
        Assert.DoesNotContain("Calm", second.Files["Demo.Quartet.g.cs"], StringComparison.Ordinal);
    }

    static CSharpCompilation Replace(CSharpCompilation compilation, string text, string with)
    {
        var tree = compilation.SyntaxTrees.Single(tree => tree.ToString().Contains(text, StringComparison.Ordinal));
        return compilation.ReplaceSyntaxTree(
            tree, GeneratorRun.Parse(tree.ToString().Replace(text, with, StringComparison.Ordinal), tree.FilePath));
    }

    static void AssertKept(IncrementalStepRunReason reason) =>
        Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, reason.ToString());

    static IEnumerable<IncrementalStepRunReason> Reasons(GeneratorRun run, string step) =>
        run.Result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(output => output.Reason);

    static IEnumerable<IncrementalStepRunReason> Outputs(GeneratorRun run) =>
        run.Result.TrackedOutputSteps.Values.SelectMany(steps => steps)
            .SelectMany(s => s.Outputs)
            .Select(output => output.Reason);
}
