using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Tests;

/// <summary>What is written for ensembles that derive from others.</summary>
public class DerivedSourceTests
{
    const string File = "Derived.Wider.g.cs";
    const string Suite = "Derived.WiderAblation-suite.g.cs";

    static readonly string[] sources = [Sources.Defenses, Sources.Quartet, Sources.Wider];

    [Fact]
    public void It_compiles_without_a_warning()
    {
        var run = GeneratorRun.On(sources);

        Assert.Empty(run.Complaints);
        Assert.Contains(
            "protected Wider(\n        string name,\n        global::Zoo.Uncertainty doubt,", run.Files[File]);
        Assert.Contains(": base(name, doubt, fine, coarse, pruned)", run.Files[File]);
        Assert.Contains("public override void Train(", run.Files[File]);
        Assert.Contains("public virtual void Train(", run.Files["Demo.Quartet.g.cs"]);
    }

    [Fact]
    public void It_is_the_same_for_an_ensemble_of_another_assembly()
    {
        var declared = GeneratorRun.On(sources);

        var referring = GeneratorRun.On([Sources.Wider]).After(c => c
            .WithAssemblyName("Derived")
            .AddReferences(Library(Sources.Defenses, Sources.Quartet)));

        Assert.Empty(referring.Complaints);
        Assert.Equal(declared.Files[File], referring.Files[File]);
        Assert.Equal(declared.Files[Suite], referring.Files[Suite]);
    }

    [Fact]
    public void An_edit_of_what_it_derives_from_reaches_it()
    {
        var run = GeneratorRun.On(sources);

        var after = run.After(c => c.ReplaceSyntaxTree(
            c.SyntaxTrees[1],
            GeneratorRun.Parse(Sources.Quartet.Replace("Edges Coarse", "Edges Rough"), "Source1.cs")));

        Assert.Contains("class WithoutCoarse", run.Files[File]);
        Assert.Contains("class WithoutRough", after.Files[File]);
        Assert.DoesNotContain("Coarse", after.Files[File]);
    }

    [Fact]
    public void A_suite_tests_what_it_inherits_too()
    {
        var tests = GeneratorRun.On(sources).Completed.GetTypeByMetadataName("Derived.WiderAblation")!.GetMembers()
            .OfType<IMethodSymbol>()
            .Select(method => method.Name)
            .Where(name => name.EndsWith("_adds", StringComparison.Ordinal));

        Assert.Equal(["Doubt_adds", "Fine_adds", "Coarse_adds", "Pruned_adds", "Extra_adds"], tests);
    }

    /// <summary>"{two}" stands for two members and an open brace, "{more}" for another one.</summary>
    [Theory]
    [InlineData("[E] public partial class B {two} } [E] public sealed partial class D : B {more} }")]
    [InlineData("[E] public abstract partial class B {two} } [E] public partial class D : B {more} }")]
    [InlineData("[E] public partial class D : B {more} } [E] public partial class B : A {two} } [E] public partial "
        + "class A { [Gate] public partial Uncertainty G { get; } [Member] public partial Edges M { get; } }")]
    [InlineData("[E] public partial class B<T> where T : class { [Member] public partial Box<T> A { get; } } "
        + "public class Box<T> : Edges; [E] public partial class D<T> : B<T[]> where T : class {more} }")]
    [InlineData("[E] public partial class B { [Member] internal partial Hidden A { get; } } internal class Hidden : "
        + "Edges; [E] public partial class D : B {more} }")]
    [InlineData("[E] public partial class B { [Member] protected partial Inner A { get; } protected class Inner : "
        + "Edges; } [E] public partial class D : B {more} }")]
    [InlineData("public partial class O { [E] private partial class B { [Member] internal partial Edges A { get; } "
        + "} [E] private partial class D : B {more} } }")]
    [InlineData("[E] public partial class B {two} public int weights; internal class more; public void Weigh() { } } "
        + "[E] public partial class D : B {more} }")]
    [InlineData("[E] public partial class B {two} public int Train; } [E] public partial class D : B;")]
    [InlineData("[E] public partial class B {two} public void Train(int epochs) { } } [E] public partial class D : B "
        + "{more} public void Train(string how) { } }")]
    [InlineData("[E] public partial class B { [Member] public partial Edges A { get; } } [E] public partial class D "
        + ": B { [Member] public partial Pruned Name { get; } } [E] public partial class F : D {more} }")]
    [InlineData("[Ensemble<StackedMean>] public partial class B {two} } [E] public partial class D : B {more} }")]
    [InlineData("[E] public partial class B {two} } [Ensemble<StackedMean>] public partial class D : B {more} }")]
    [InlineData("[E] public partial class B {two} } [Ensemble<Own>] public partial class D : B {more} } public class "
        + "Own : IVotingRule { public static Tensor Scores(Ballot ballot) => ballot.MemberLogits.mean([0]); public "
        + "static Tensor Labels(Ballot ballot, Tensor scores) => scores.argmax(-1); public static Tensor "
        + "SurrogateScores(Ballot ballot) => Scores(ballot); }")]
    [InlineData("[E] public partial class B {two} } [E] public partial class D : B { [Member] public partial B C "
        + "{ get; } }")]
    [InlineData("[E] public partial class B { [Member, System.Obsolete(\"No.\")] public partial Edges A { get; } } [E] "
        + "public partial class D : B {more} }")]
    public void Whatever_it_derives_from(string source)
    {
        var written = source
            .Replace("[E]", "[Ensemble<MeanLogit>]", StringComparison.Ordinal)
            .Replace(
                "{two}", "{ [Member] public partial Edges A { get; } [Member] public partial Pruned B_ { get; }",
                StringComparison.Ordinal)
            .Replace("{more}", "{ [Member] public partial Edges More { get; }", StringComparison.Ordinal);

        var run = GeneratorRun.On([
            Sources.Defenses, $$"""
                #pragma warning disable CS1591
                using Ensembles;
                using Zoo;
                using static TorchSharp.torch;

                {{written}}
                """]);

        Assert.Empty(run.Complaints);
        Assert.Contains(run.Files.Keys, file => file.Contains('D') && !file.Contains("refused"));
        Assert.DoesNotContain(run.Files.Keys, file => file.Contains("refused"));
    }

    [Fact]
    public void What_it_cannot_see_in_another_assembly_it_does_not_derive_from()
    {
        var library = Library(Sources.Defenses, """
            using Ensembles;

            namespace Library;

            [Ensemble<MeanLogit>]
            public partial class Closed
            {
                [Member] internal partial Zoo.Edges A { get; }
                [Member] public partial Zoo.Edges B { get; }
            }

            [Ensemble<MeanLogit>]
            public abstract partial class Open
            {
                [Member] protected internal partial Zoo.Edges A { get; }
            }
            """);

        var run = GeneratorRun.On("""
            #pragma warning disable CS1591
            using Ensembles;

            [Ensemble<MeanLogit>]
            public partial class C : Library.Closed { [Member] public partial Zoo.Edges More { get; } }

            [Ensemble<MeanLogit>]
            public partial class D : Library.Open { [Member] public partial Zoo.Edges More { get; } }
            """).After(c => c.WithAssemblyName("Other").AddReferences(library));

        Assert.Equal(["C.refused.g.cs", "D.g.cs"], run.Files.Keys.Order());
        Assert.DoesNotContain(
            run.Complaints, complaint => complaint.Location.SourceTree?.FilePath.Contains("D.g") == true);
    }

    static PortableExecutableReference Library(params string[] sources)
    {
        var image = new MemoryStream();
        Assert.True(GeneratorRun.On(sources).Completed.Emit(image).Success);
        return MetadataReference.CreateFromImage(image.ToArray());
    }
}
