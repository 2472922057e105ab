using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Tests;

/// <summary>Whatever the code looks like, the generator does not throw, and what is not well-formed gets no code.</summary>
public class BrokenSourceTests
{
    const string Usings = "using Ensembles; using Ensembles.Xunit; using Zoo;\n";

    // Its members cannot be called as Sly.Scores.
    const string Sly = """
        public class Sly : IVotingRule
        {
            static TorchSharp.torch.Tensor IVotingRule.Scores(Ballot ballot) => ballot.MemberLogits[0];
            static TorchSharp.torch.Tensor IVotingRule.Labels(Ballot ballot, TorchSharp.torch.Tensor scores) => scores.argmax(-1);
            static TorchSharp.torch.Tensor IVotingRule.SurrogateScores(Ballot ballot) => ballot.MemberLogits[0];
        }
        """;

    /// <summary>Declarations that nothing sensible can be made of.</summary>
    public static TheoryData<string> Broken => [
        // Attributes half typed.
        "[Ensemble<",
        "[Ensemble<>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit, Quorum>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>(Quorum = )] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>(Quorum = \"two\")] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>(Quorum = Missing)] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>]",
        "[Ensemble<MeanLogit>] public partial class",
        "[Ensemble<MeanLogit>] public partial class { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = )] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = \"heavy\")] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { } }",
        // Rules that are none.
        "[Ensemble<Missing>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<string>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<int[]>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<IVotingRule>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<E>] public partial class E { [Member] public partial Edges A { get; } }",
        "public partial class Outer<T> where T : IVotingRule { [Ensemble<T>] public partial class E { [Member] public partial Edges A { get; } } }",
        "[Ensemble<Sly>] public partial class E { [Member] public partial Edges A { get; } } " + Sly,
        // Classes that cannot be continued, or cannot be ensembles.
        "[Ensemble<MeanLogit>] public class E { [Member] public partial Edges A { get; } }",
        "public class Outer { [Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } } }",
        "[Ensemble<MeanLogit>] file partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public static partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public abstract partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial record E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial struct E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial interface E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public enum E { A }",
        "[Ensemble<MeanLogit>] public delegate void E();",
        "[Ensemble<MeanLogit>] public partial class E : Edges { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E : Missing { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E : E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E : F { [Member] public partial Edges A { get; } } public class F : E;",
        "[Ensemble<MeanLogit>] public partial class E : E.Inner { [Member] public partial Edges A { get; } public class Inner : E; }",
        "[Ensemble<MeanLogit>] public partial class E(int size) { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { public E(Edges a) { } [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class Members { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { int Surface; [Member] public partial Edges A { get; } }",
        // The same class twice.
        "[Ensemble<MeanLogit>] [Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } } [Ensemble<MeanProbability>] partial class E;",
        "[Ensemble<MeanLogit>] public class E { [Member] public partial Edges A { get; } } [Ensemble<MeanLogit>] public class E;",
        // Components that are none.
        "[Ensemble<MeanLogit>] public partial class E;",
        "[Ensemble<MeanLogit>] public partial class E { [Gate] public partial Uncertainty A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Missing A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial string A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges[] A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges? A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial dynamic A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial (Edges, Edges) A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Uncertainty A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Gate] public partial Edges A { get; } [Member] public partial Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member, Gate] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member, Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Loop A { get; } } public class Loop : Pool; public class Pool : Loop;",
        "[Ensemble<MeanLogit>] public partial class E<T> where T : Classifier { [Member] public partial T A { get; } }",
        // Properties that cannot get a body.
        "[Ensemble<MeanLogit>] public partial class E { [Member] public Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; set; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { set; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; init; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A => null!; }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get => null!; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } = null!; }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } public partial Edges A => null!; }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public static partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial ref Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges this[int i] { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] partial Edges I.A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } [Member] public Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges Members { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges forward { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public new partial Edges name { get; } }",
        // Impossible numbers.
        "[Ensemble<Quorum>(Quorum = 0)] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<Quorum>(Quorum = 2)] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = 0)] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = -1)] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = double.NaN)] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = double.PositiveInfinity)] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } [Gate(FalsePositiveRate = 0)] public partial Uncertainty B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } [Gate(FalsePositiveRate = 1)] public partial Uncertainty B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } [Gate(FalsePositiveRate = double.NaN)] public partial Uncertainty B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = 1e-60)] public partial Edges A { get; } [Member] public partial Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = 1e308)] public partial Edges A { get; } [Member(Weight = 1e308)] public partial Edges B { get; } }",
        // Suites of nothing.
        "[AblationSuite<Missing>] public partial class S;",
        "[AblationSuite<>] public partial class S;",
        "[AblationSuite<string>] public partial class S;",
        "[AblationSuite<Ensemble>] public partial class S;",
        "[AblationSuite<Ensemble[]>] public partial class S;",
        "[AblationSuite<S>] [MayAddNothing] [MayAddNothing(null!, 3)] public partial class S;",
    ];

    [Theory]
    [MemberData(nameof(Broken))]
    public void Get_no_code_and_no_exception(string source)
    {
        var run = GeneratorRun.On([Sources.Defenses, Usings + source]);

        Assert.Null(run.Result.Exception);
        Assert.Empty(run.Result.Diagnostics);
        Assert.True(run.Files.Count == 0, source);
    }

    [Fact]
    public void One_broken_declaration_takes_nothing_from_its_neighbours()
    {
        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, .. Broken.Cast<object[]>().Select(row => Usings + row[0])]);

        Assert.Null(run.Result.Exception);
        Assert.Contains("Demo.Quartet.g.cs", run.Files.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Sources_with_random_edits_never_throw(int seed)
    {
        var random = new Random(seed);
        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.QuartetSuite]);
        for (var i = 0; i < 60; i++)
        {
            var sources = new[] { Sources.Defenses, Sources.Quartet, Sources.QuartetSuite };
            var edited = random.Next(sources.Length);
            for (var edits = random.Next(1, 4); edits > 0; edits--)
                sources[edited] = Edited(sources[edited], random);

            // Through the same driver, as an editor does it.
            run = run.After(c => c.RemoveAllSyntaxTrees().AddSyntaxTrees(sources.Select((source, n) => GeneratorRun.Parse(source, $"Source{n}.cs"))));
            Assert.True(run.Result.Exception is null, $"{run.Result.Exception}\n\n{sources[edited]}");
        }
    }

    /// <summary>The source with one token missing, doubled, swapped with another, or with everything behind it gone.</summary>
    static string Edited(string source, Random random)
    {
        var tokens = GeneratorRun.Parse(source, "").GetRoot().DescendantTokens().Where(token => token.Span.Length > 0).ToList();
        if (tokens.Count == 0)
            return source;
        var (token, other) = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
        return random.Next(5) switch
        {
            0 => source.Remove(token.SpanStart, token.Span.Length),
            1 => source.Insert(token.SpanStart, token.Text + " "),
            2 => source.Remove(token.SpanStart, token.Span.Length).Insert(token.SpanStart, other.Text),
            3 => source.Insert(token.SpanStart, other.Text + " "),
            _ => source[..token.SpanStart],
        };
    }
}
