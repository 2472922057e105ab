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
    public void Graphs_are_kept_but_where_a_forward_or_what_it_calls_is_edited()
    {
        const string Helpers = """
            using static TorchSharp.torch;
            namespace Demo;
            static class Helpers { public static Tensor Twice(Tensor t) => t * 2; }
            """;
        const string Networks = """
            using Ensembles;
            using static TorchSharp.torch;
            namespace Demo;
            [Compiled]
            partial class Net() : nn.Module<Tensor, Tensor>("net")
            {
                public override Tensor forward(Tensor x) => Helpers.Twice(x);
            }
            [Defense(Category.Undefended)]
            partial class Member : Classifier
            {
                public override Tensor forward(Tensor x) => x.flatten(1);
            }
            """;
        string[] steps = ["Networks", "NetworkFiles", "Defenses", "DefenseFiles"];
        var before = GeneratorRun.On([Networks, Helpers, "class Unrelated { }"]);
        var unrelated = before.After(c => Replace(c, "class Unrelated { }", "class Unrelated { int edited; }"));
        var beside = unrelated.After(c => Replace(c, "partial class Member :", "partial class Member\n:"));
        var helper = beside.After(c => Replace(c, "t * 2", "t * 3"));

        Assert.Equal(["Demo.Member-defense.graph.g.cs", "Demo.Net.graph.g.cs"], before.Files.Keys.Order());
        Assert.All(steps, step => Assert.Equal([IncrementalStepRunReason.New], Reasons(before, step)));
        Assert.All(steps, step => Assert.All(Reasons(unrelated, step), AssertKept));
        Assert.All(Outputs(unrelated), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
        Assert.All(Outputs(beside), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
        Assert.Equal([IncrementalStepRunReason.Modified], Reasons(helper, "Networks"));
        Assert.All(Reasons(helper, "Defenses"), AssertKept);
        Assert.Contains("t * 3", helper.Files["Demo.Net.graph.g.cs"], StringComparison.Ordinal);
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
