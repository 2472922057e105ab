using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Tests;

/// <summary>
/// What is emitted compiles, without an error or a warning, whoever may see the types that it names, whatever else is
/// called as it is, and however these types are marked.
/// </summary>
public class CompilesTests
{
    const string Usings = """
        #pragma warning disable CS1591
        using System;
        using System.Diagnostics.CodeAnalysis;
        using Ensembles;
        using Ensembles.Training;
        using Zoo;
        using static TorchSharp.torch;

        """;

    /// <summary>The body of a voting rule.</summary>
    const string Votes = """
        : IVotingRule
        {
            public static Tensor Scores(Ballot ballot) => ballot.MemberLogits.mean([0]);
            public static Tensor Labels(Ballot ballot, Tensor scores) => scores.argmax(-1);
            public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);
        }
        """;

    const string Two = "{ [Member] public partial Edges A { get; } [Member] public partial Pruned B { get; } ";

    /// <summary>"{votes}" stands for the body of a rule, "{two}" for two members and an open brace.</summary>
    [Theory]
    [InlineData("[Ensemble<Own>] public partial class E {two} } class Own {votes}")]
    [InlineData("[Ensemble<Own>] public partial class E {two} } internal sealed class Own {votes}")]
    [InlineData("[Ensemble<Own>] public partial class E {two} } internal struct Own {votes}")]
    [InlineData("[Ensemble<E.Own>] public partial class E {two} private class Own {votes} }")]
    [InlineData("[Ensemble<E.Own>] public partial class E {two} protected class Own {votes} }")]
    [InlineData("[Ensemble<E.Own>] public partial class E {two} private protected class Own {votes} }")]
    [InlineData(
        "public partial class Outer { [Ensemble<Own>] public partial class E {two} } "
        + "private sealed class Own {votes} }")]
    [InlineData(
        "public partial class Outer { [Ensemble<Own>] private partial class E {two} } protected class Own {votes} }")]
    [InlineData("[Ensemble<Own<int>>] public partial class E {two} } class Own<T> {votes}")]
    [InlineData("[Ensemble<Own<E.Key>>] public partial class E {two} private class Key; } class Own<T> {votes}")]
    [InlineData("[Ensemble<Derived>] public partial class E {two} } class Own {votes} class Derived : Own;")]
    public void Whoever_sees_the_rule(string source) => AssertCompiles(source);

    [Theory]
    [InlineData(
        "public partial class E { [Member] internal partial Hidden A { get; } [Member] protected partial Inner B "
        + "{ get; } protected class Inner : Edges; } internal class Hidden : Edges;")]
    [InlineData(
        "public partial class E { [Member] internal partial Hidden A { get; } [Member] protected internal partial "
        + "Inner B { get; } protected internal class Inner : Edges; } internal class Hidden : Edges;")]
    [InlineData(
        "public partial class E { [Member] private protected partial Inner A { get; } [Member] public partial Edges "
        + "B { get; } private protected class Inner : Edges; }")]
    [InlineData(
        "public partial class E { [Member] protected partial Inner A { get; } [Member] public partial Edges "
        + "B { get; } protected class Inner : Edges; }")]
    [InlineData(
        "internal partial class E { [Member] public partial Hidden A { get; } [Member] public partial Box<Hidden> B "
        + "{ get; } } internal class Hidden : Edges; internal class Box<T> : Edges;")]
    [InlineData(
        "public partial class E { [Member] private partial Box<Key> A { get; } private class Key; } "
        + "public class Box<T> : Edges;")]
    [InlineData(
        "public partial class E { [Member] internal partial Hidden A { get; } [Gate] private partial Inner B "
        + "{ get; } private class Inner : Detector { public override Tensor forward(Tensor x) => x.mean([1, 2, 3]); } "
        + "} internal class Hidden : Edges;")]
    [InlineData(
        "public partial class E { [Member] private protected partial Edges A { get; } [Member] internal partial "
        + "Hidden B { get; } } internal class Hidden : Edges;")]
    public void Whoever_sees_the_components(string source) => AssertCompiles($"[Ensemble<MeanLogit>] {source}");

    /// <summary>A strength that stands in no place that emitted code can name is left out.</summary>
    [Theory]
    [InlineData("file class Own {strength}", "Own")]
    [InlineData("file class Own<T> {strength}", "Own<int>")]
    [InlineData("class Own<T> {strength} file class Key;", "Own<Key>")]
    [InlineData("partial class Outer { private class Own {strength} }", "Own")]
    public void Whoever_sees_the_strengths(string strength, string claim)
    {
        const string Measured = """
            : IStrength
            {
                public static string Name => "own";
                public static System.Collections.Generic.IReadOnlyList<Category> Categories => [];
                public static ClaimMeasurement Measure(
                    nn.Module<Tensor, Tensor> defense, nn.Module<Tensor, Tensor> twin, LabeledImages images) => null!;
            }
            """;
        var claiming = $"[Defense(Category.NonRobustFeatures), Claims<{claim}>] public class Odd : Edges;";
        var source = strength.Replace("{strength}", Measured, StringComparison.Ordinal);
        source = source.StartsWith("partial", StringComparison.Ordinal)
            ? $"{source[..^1]} {claiming} }} [Ensemble<MeanLogit>] public partial class E {{ [Member] internal partial "
                + "Outer.Odd A { get; } }"
            : $"{source} {claiming} [Ensemble<MeanLogit>] public partial class E "
                + "{ [Member] public partial Odd A { get; } }";

        AssertCompiles(source);
    }

    /// <summary>Types and members that are called like emitted ones.</summary>
    [Theory]
    [InlineData("{e} public static class EServiceCollectionExtensions;")]
    [InlineData("{e} public static class EServiceCollectionExtensions { public static int AddE => 1; }")]
    [InlineData("{e} internal class EServiceCollectionExtensions<T>;")]
    [InlineData("{e} delegate void EServiceCollectionExtensions();")]
    [InlineData("{e} enum EServiceCollectionExtensions { A }")]
    [InlineData("{e} static class EServiceCollectionExtensions; static class EServiceCollectionExtensions_;")]
    [InlineData("{e} public partial class Outer { {e} } [Ensemble<MeanLogit>] public partial class Outer_E {two} }")]
    [InlineData(
        "public partial class A { [Ensemble<MeanLogit>] public partial class B_C {two} } } "
        + "public partial class A_B { [Ensemble<MeanLogit>] public partial class C {two} } } {e}")]
    [InlineData(
        "public partial class O_ { [Ensemble<MeanLogit>] public partial class I {two} } } "
        + "public partial class O { [Ensemble<MeanLogit>] public partial class _I {two} } } {e}")]
    [InlineData("{e} [Ensemble<MeanLogit>] public partial class EServiceCollectionExtensions {two} }")]
    [InlineData("[Ensemble<MeanLogit>] public partial class E {two} class WithoutA; class WithoutB_; enum weights; }")]
    [InlineData("[Ensemble<MeanLogit>] public partial class E {two} class a; delegate void b(); }")]
    [InlineData("[Ensemble<MeanLogit>] public partial class E {two} interface a; struct WithoutB; }")]
    [InlineData("[Ensemble<MeanLogit>] public partial class E {two} void forward() { } void LeaveOneOut(int i) { } }")]
    [InlineData("[Ensemble<MeanLogit>] public partial class E {two} int forward(string text) => 1; }")]
    [InlineData("[Ensemble<MeanLogit>] public partial class E {two} class Train; }")]
    [InlineData("[Ensemble<MeanLogit>] public partial class E {two} void Train(int epochs) { } }")]
    [InlineData("[Ensemble<MeanLogit>] public partial class Train {two} }")]
    public void Whatever_else_is_called_as_what_is_emitted(string source) => AssertCompiles(source);

    [Theory]
    [InlineData("[Experimental(\"TRY01\")] public class Odd : Edges;")]
    [InlineData("[Obsolete(\"No.\", DiagnosticId = \"OLD01\")] public class Odd : Edges;")]
    [InlineData("[Obsolete] public class Odd : Edges;")]
    [InlineData("[Obsolete(\"No.\")] public class Odd : Edges;")]
    [InlineData(
        "public class Odd : Box<Tried>; public class Box<T> : Edges; [Experimental(\"TRY01\")] public class Tried;")]
    [InlineData(
        "[Defense(Category.NonRobustFeatures), Claims<Tried>] public class Odd : Edges; "
        + "[Experimental(\"TRY01\")] public class Tried {strength}")]
    [InlineData(
        "[Defense(Category.NonRobustFeatures), Claims<Tried>] public class Odd : Edges; "
        + "[Obsolete(\"No.\", DiagnosticId = \"OLD01\")] public class Tried {strength}")]
    [InlineData(
        "public class Odd : Edges, ITrainable { [Experimental(\"TRY01\")] public void Train(ILabeledImages training, "
        + "TrainingOptions options) { } }")]
    [InlineData(
        "public class Odd : Edges, ITrainable { [Obsolete(\"No.\", DiagnosticId = \"OLD01\")] public void "
        + "Train(ILabeledImages training, TrainingOptions options) { } }")]
    public void However_the_components_are_marked(string component) =>
        AssertCompiles(Strength(
            $$"""
            #pragma warning disable TRY01, OLD01, CS0612, CS0618
            [Ensemble<MeanLogit>]
            public partial class E {two} [Member] public partial Odd Third { get; } }

            {{component}}
            """));

    [Theory]
    [InlineData("[Experimental(\"TRY01\")] public class Own {votes}")]
    [InlineData("[Obsolete(\"No.\", DiagnosticId = \"OLD01\")] class Own {votes}")]
    [InlineData("class Own : Base; [Experimental(\"TRY01\")] class Base {votes}")]
    [InlineData(
        "class Own : IVotingRule { [Experimental(\"TRY01\")] public static Tensor Scores(Ballot ballot) => "
        + "ballot.MemberLogits[0]; [Obsolete(\"No.\", DiagnosticId = \"OLD01\")] public static Tensor Labels(Ballot "
        + "ballot, Tensor scores) => scores; public static Tensor SurrogateScores(Ballot ballot) => null!; }")]
    public void However_the_rule_is_marked(string rule) => AssertCompiles(
        $"#pragma warning disable TRY01, OLD01\n[Ensemble<Own>] public partial class E {{two}} }} {rule}");

    [Theory]
    [InlineData("[Experimental(\"TRY01\")] [Ensemble<MeanLogit>] public partial class E {two} }")]
    [InlineData("[Obsolete] [Ensemble<MeanLogit>] public partial class E {two} }")]
    [InlineData("[Obsolete(\"No.\")] [Ensemble<MeanLogit>] public partial class E {two} }")]
    [InlineData("[Obsolete(\"No.\", error: true)] [Ensemble<MeanLogit>] public partial class E {two} }")]
    [InlineData(
        "[Obsolete(\"No.\", true, DiagnosticId = \"OLD01\")] [Ensemble<MeanLogit>] public partial class E {two} }")]
    [InlineData(
        "[Experimental(\"TRY01\")] public partial class Outer { [Ensemble<MeanLogit>] public partial class E "
        + "{two} } }")]
    [InlineData(
        "[Obsolete(\"No.\", true)] [Ensemble<MeanLogit>] public partial class E {two} [Member] public partial Gone C "
        + "{ get; } } [Obsolete(\"Gone.\", true)] public class Gone : Edges;")]
    [InlineData("[assembly: Experimental(\"TRY01\")] [Ensemble<MeanLogit>] public partial class E {two} }")]
    public void However_the_ensemble_is_marked(string source) => AssertCompiles(source);

    [Theory]
    [InlineData("[assembly: System.Diagnostics.CodeAnalysis.Experimental(\"TRY02\")]")]
    [InlineData("[module: System.Diagnostics.CodeAnalysis.Experimental(\"TRY02\")]")]
    public void However_the_assembly_of_the_components_is_marked(string marked)
    {
        var image = new MemoryStream();
        Assert.True(GeneratorRun.On([
            "using System; " + marked, Sources.Defenses]).Completed.Emit(image).Success);
        var run = GeneratorRun.On([
            $"#pragma warning disable TRY02\n{Usings}[Ensemble<MeanLogit>] public partial class E {Two} }}"])
            .After(c => c
                .WithAssemblyName("Demo.Tests")
                .AddReferences(MetadataReference.CreateFromImage(image.ToArray())));

        Assert.Empty(run.Complaints);
        Assert.Contains("E.g.cs", run.Files.Keys);
    }

    static string Strength(string source) => source.Replace("{strength}", """
        : IStrength
        {
            public static string Name => "own";
            public static System.Collections.Generic.IReadOnlyList<Category> Categories => [];
            public static ClaimMeasurement Measure(
                nn.Module<Tensor, Tensor> defense, nn.Module<Tensor, Tensor> twin, LabeledImages images) => null!;
        }
        """, StringComparison.Ordinal);

    static void AssertCompiles(string source)
    {
        var written = source
            .Replace("{e}", "[Ensemble<MeanLogit>] public partial class E {two} }", StringComparison.Ordinal)
            .Replace("{two}", Two, StringComparison.Ordinal)
            .Replace("{votes}", Votes, StringComparison.Ordinal);

        var run = GeneratorRun.On([Sources.Defenses, Usings + written]);

        Assert.Empty(run.Complaints);
        Assert.Contains(run.Files.Keys, file => file.EndsWith("E.g.cs", StringComparison.Ordinal)
            || file.EndsWith("Train.g.cs", StringComparison.Ordinal));
    }
}
