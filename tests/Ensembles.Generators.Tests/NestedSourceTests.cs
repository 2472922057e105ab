using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Tests;

/// <summary>What is written for ensembles that have ensembles among their members.</summary>
public class NestedSourceTests
{
    const string File = "Nested.Nest.g.cs";

    static readonly string[] sources = [Sources.Defenses, Sources.Quartet, Sources.Nest];

    [Fact]
    public void It_compiles_without_a_warning() => Assert.Empty(GeneratorRun.On(sources).Complaints);

    [Fact]
    public void Nothing_that_it_needs_is_missing_without_training_injection_or_suites()
    {
        var run = GeneratorRun.On(
            [Sources.Defenses.Replace("using Ensembles.Training;", "").Replace(", ITrainable", "")
                .Replace("LabeledImages training, TrainingOptions options", "LabeledImages training")
                .Replace("void ITrainable.Train", "void Train"), Sources.Quartet,
                Sources.Nest[..Sources.Nest.IndexOf("/// <summary>A suite", StringComparison.Ordinal)]
                    .Replace("using Ensembles.Xunit;", "")],
            "Ensembles.Training", "Ensembles.Defenses", "Ensembles.Attacks", "Ensembles.Evaluation", "Ensembles.Xunit",
            "Microsoft.Extensions.DependencyInjection");

        Assert.DoesNotContain(run.Complaints, complaint => complaint.Severity == DiagnosticSeverity.Error);
        Assert.DoesNotContain("AddNest", run.Files[File]);
    }

    [Fact]
    public void It_is_the_same_for_an_ensemble_of_another_assembly()
    {
        var declared = GeneratorRun.On(sources);
        var library = GeneratorRun.On([Sources.Defenses, Sources.Quartet]);
        var image = new MemoryStream();
        Assert.True(library.Completed.Emit(image).Success);

        var referring = GeneratorRun.On([Sources.Nest]).After(c => c
            .WithAssemblyName("Nested")
            .AddReferences(MetadataReference.CreateFromImage(image.ToArray())));

        Assert.Empty(referring.Complaints);
        Assert.Equal(declared.Files[File], referring.Files[File]);
        const string suite = "Nested.NestAblation-suite.g.cs";
        Assert.Equal(declared.Files[suite], referring.Files[suite]);
    }

    [Fact]
    public void An_edit_of_its_member_reaches_it()
    {
        var run = GeneratorRun.On(sources);

        var after = run.After(c => c.ReplaceSyntaxTree(
            c.SyntaxTrees[1],
            GeneratorRun.Parse(Sources.Quartet.Replace("Edges Coarse", "Edges Rough"), "Source1.cs")));

        Assert.Contains("class WithoutInnerCoarse", run.Files[File]);
        Assert.Contains("class WithoutInnerRough", after.Files[File]);
        Assert.DoesNotContain("Coarse", after.Files[File]);
    }

    [Fact]
    public void A_suite_tests_every_component_by_its_path()
    {
        var tests = GeneratorRun.On(sources).Completed.GetTypeByMetadataName("Nested.NestAblation")!.GetMembers()
            .OfType<IMethodSymbol>()
            .Where(method => method.GetAttributes().Any(a => a.AttributeClass!.Name == "FactAttribute"))
            .Select(method => method.Name);

        Assert.Equal(
            [
                "Attack_passes_its_sanity_checks", "Clean_accuracy_reaches_its_floor", "Whole_beats_its_best_member",
                "Whole_beats_its_members_of_one_category", "Whole_beats_as_many_copies_of_one_member",
                "Beside_adds", "Beside_beats_an_undefended_network",
                "Inner_adds", "Inner_beats_an_undefended_network",
                "Inner_Doubt_keeps_its_false_positive_rate", "Inner_Doubt_adds",
                "Inner_Fine_adds", "Inner_Fine_beats_an_undefended_network",
                "Inner_Fine_shows_blur", "Inner_Fine_shows_calm",
                "Inner_Coarse_does_not_subtract", "Inner_Coarse_is_no_worse_than_an_undefended_network",
                "Inner_Coarse_shows_blur", "Inner_Coarse_shows_calm",
                "Inner_Pruned_adds", "Inner_Pruned_beats_an_undefended_network",
            ],
            tests);
    }

    [Fact]
    public void Generic_nested_and_hidden_ensembles_are_members_too()
    {
        var run = GeneratorRun.On([Sources.Defenses, """
            using Ensembles;
            using Zoo;

            public partial class Around
            {
                [Ensemble<MeanLogit>]
                private partial class Hidden
                {
                    [Member] private partial Edges A { get; }
                    [Member] private partial Edges B { get; }
                }

                [Ensemble<MajorityVote>]
                private partial class Whole
                {
                    [Member] private partial Hidden First { get; }
                    [Member] private partial Around<int>.Pair<Edges> Second { get; }
                    [Member] private partial Edges FirstA { get; }
                }
            }

            public partial class Around<T>
            {
                [Ensemble<MeanLogit>]
                public partial class Pair<TMember> where TMember : Classifier
                {
                    [Gate] public partial Uncertainty Doubt { get; }
                    [Member] public partial Edges A { get; }
                }
            }
            """]);

        Assert.DoesNotContain(run.Complaints, complaint => complaint.Id != "CS1591");
        var whole = run.Files["Around+Whole.g.cs"];
        Assert.Contains("public sealed class WithoutSecondDoubt", whole);
        Assert.DoesNotContain("new(\"Second.A\"", whole);
        // Without the member FirstA, and without A in First.
        Assert.Contains("""new("FirstA", new WithoutFirstA(this)),""", whole);
        Assert.Contains("""new("First.A", new WithoutFirstA_(this)),""", whole);
    }

    [Fact]
    public void What_hides_its_components_in_another_assembly_is_a_member_all_the_same()
    {
        var library = GeneratorRun.On([Sources.Defenses, """
            using Ensembles;

            namespace Library;

            internal sealed class Secret : Zoo.Edges;

            [Ensemble<MeanLogit>]
            public partial class Closed
            {
                [Member] internal partial Secret A { get; }
                [Member] internal partial Secret B { get; }
            }
            """]);
        var image = new MemoryStream();
        Assert.True(library.Completed.Emit(image).Success);

        var run = GeneratorRun.On("""
            using Ensembles;

            [Ensemble<MeanLogit>]
            public partial class Open { [Member] public partial Library.Closed Inner { get; } }
            """).After(c => c
            .WithAssemblyName("Open")
            .AddReferences(MetadataReference.CreateFromImage(image.ToArray())));

        Assert.DoesNotContain(run.Complaints, complaint => complaint.Id != "CS1591");
        Assert.Contains("LeftOut.Completed(this,", run.Files["Open.g.cs"]);
        Assert.DoesNotContain("TryAddTransient<global::Library.Closed>", run.Files["Open.g.cs"]);
    }
}
