namespace Ensembles.Generators.Tests.Running;

/// <summary>Declarations beside <see cref="Sources.Defenses"/> that get no code.</summary>
static class BrokenDeclarations
{
    /// <summary>What each of them begins with.</summary>
    public const string Usings = "using Ensembles; using Ensembles.Xunit; using Zoo;\n";

    // Its members cannot be called as Sly.Scores.
    const string Sly = """
        public class Sly : IVotingRule
        {
            static TorchSharp.torch.Tensor IVotingRule.Scores(Ballot ballot) => ballot.MemberLogits[0];
            static TorchSharp.torch.Tensor IVotingRule.Labels(Ballot ballot, TorchSharp.torch.Tensor scores) =>
                scores.argmax(-1);
            static TorchSharp.torch.Tensor IVotingRule.SurrogateScores(Ballot ballot) => ballot.MemberLogits[0];
        }
        """;

    const string Votes = """
        : IVotingRule
        {
            public static TorchSharp.torch.Tensor Scores(Ballot ballot) => ballot.MemberLogits[0];
            public static TorchSharp.torch.Tensor Labels(Ballot ballot, TorchSharp.torch.Tensor scores) =>
                scores.argmax(-1);
            public static TorchSharp.torch.Tensor SurrogateScores(Ballot ballot) => ballot.MemberLogits[0];
        }
        """;

    /// <summary>Declarations that nothing sensible can be made of.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
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
        "[Ensemble<MeanLogit>] public partial class E { [Front] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Front(] public partial Edges A { get; } [Member] "
        + "public partial Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Front, Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Front, Gate, Member] public partial Edges A { get; } }",
        // Rules that are none.
        "[Ensemble<Missing>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<string>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<int[]>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<IVotingRule>] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<E>] public partial class E { [Member] public partial Edges A { get; } }",
        "public partial class Outer<T> where T : IVotingRule { [Ensemble<T>] public partial class E { [Member] "
        + "public partial Edges A { get; } } }",
        "[Ensemble<Sly>] public partial class E { [Member] public partial Edges A { get; } } " + Sly,
        // Classes that cannot be continued, or cannot be ensembles.
        "[Ensemble<MeanLogit>] public class E { [Member] public partial Edges A { get; } }",
        "public class Outer { [Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; "
        + "} } }",
        "[Ensemble<MeanLogit>] file partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public static partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial record E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial struct E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial interface E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public enum E { A }",
        "[Ensemble<MeanLogit>] public delegate void E();",
        "[Ensemble<MeanLogit>] public partial class E : Edges { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E : Missing { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E : E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E : F { [Member] public partial Edges A { get; } } public class "
        + "F : E;",
        "[Ensemble<MeanLogit>] public partial class E : E.Inner { [Member] public partial Edges A { get; } public "
        + "class Inner : E; }",
        "[Ensemble<MeanLogit>] public partial class E(int size) { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { public E(Edges a) { } [Member] public partial Edges A { get; "
        + "} }",
        "[Ensemble<MeanLogit>] public partial class Components { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { int Components; [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { int DecisionScript => 1; "
            + "[Member] public partial Edges A { get; "
        + "} }",
        "[Ensemble<MeanLogit>] public partial class E { int Components() => 1; [Member] public partial "
        + "Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { class Components; [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { enum forward { A } [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E<Components> { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } public Decision "
        + "forward(TorchSharp.torch.Tensor images) => null!; }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } public override "
        + "System.Collections.Generic.IReadOnlyList<LeftOut> LeaveOneOut() => []; }",
        // What only its own file sees.
        "[Ensemble<Own>] public partial class E { [Member] public partial Edges A { get; } } file class Own "
        + Votes,
        "[Ensemble<Own<Key>>] public partial class E { [Member] public partial Edges A { get; } } class Own<T> "
        + Votes + " file class Key;",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Own A { get; } } file class Own : "
        + "Edges;",
        // The same class twice.
        "[Ensemble<MeanLogit>] [Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; "
        + "} }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } } "
        + "[Ensemble<MeanProbability>] partial class E;",
        "[Ensemble<MeanLogit>] public class E { [Member] public partial Edges A { get; } } [Ensemble<MeanLogit>] "
        + "public class E;",
        // Ensembles that are part of themselves, or of a member that gets no code.
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial E A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E<T> { [Member] public partial E<E<T>> A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial F A { get; } } "
        + "[Ensemble<MeanLogit>] public partial class F { [Member] public partial Edges A { get; } [Member] public "
        + "partial E B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial F A { get; } } "
        + "[Ensemble<MeanLogit>] public partial class F { [Gate] public partial Uncertainty A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial F A { get; } } "
        + "[Ensemble<Missing>] public class F;",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Ensemble A { get; } }",
        "[Ensemble<MeanLogit>] public abstract partial class E { [Member] public partial F A { get; } } "
        + "[Ensemble<MeanLogit>] public partial class F : E { [Member] public partial Edges B { get; } }",
        // Ensembles that derive from what gives them nothing, or takes something from them.
        "[Ensemble<MeanLogit>] public partial class E { [Gate] public partial Uncertainty A { get; } } "
        + "[Ensemble<MeanLogit>] public partial class F : E { [Member] public partial Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E : F { [Member] public partial Edges A { get; } } "
        + "[Ensemble<MeanLogit>] public partial class F : E { [Member] public partial Edges B { get; } }",
        "[Ensemble<Missing>] public partial class E { [Member] public partial Edges A { get; } } "
        + "[Ensemble<MeanLogit>] public partial class F : E { [Member] public partial Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Missing A { get; } } "
        + "[Ensemble<MeanLogit>] public partial class F : E { [Member] public partial Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E<T> { [Member] public partial T A { get; } } "
        + "[Ensemble<MeanLogit>] public partial class F : E<Edges> { [Member] public partial Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } [Member] public "
        + "partial Edges A { get; } } [Ensemble<MeanLogit>] public partial class F : E { [Member] public partial Edges "
        + "B { get; } }",
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
        "[Ensemble<MeanLogit>] public partial class E { [Gate] public partial Edges A { get; } [Member] public "
        + "partial Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member, Gate] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member, Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Loop A { get; } } public class Loop "
        + ": Pool; public class Pool : Loop;",
        "[Ensemble<MeanLogit>] public partial class E<T> where T : Classifier { [Member] public partial T A { get; } }",
        // Properties that cannot get a body.
        "[Ensemble<MeanLogit>] public partial class E { [Member] public Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; set; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { set; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; init; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A => null!; }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get => null!; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } = null!; }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } public partial "
        + "Edges A => null!; }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public static partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial ref Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges this[int i] { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] partial Edges I.A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } [Member] public "
        + "partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } [Member] public "
        + "Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges Members { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges forward { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public new partial Edges name { get; } }",
        // Impossible numbers.
        "[Ensemble<Quorum>(Quorum = 0)] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<Quorum>(Quorum = 2)] public partial class E { [Member] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = 0)] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = -1)] public partial Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = double.NaN)] public partial Edges A { get; "
        + "} }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = double.PositiveInfinity)] public partial "
        + "Edges A { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } "
        + "[Gate(FalsePositiveRate = 0)] public partial Uncertainty B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } "
        + "[Gate(FalsePositiveRate = 1)] public partial Uncertainty B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Edges A { get; } "
        + "[Gate(FalsePositiveRate = double.NaN)] public partial Uncertainty B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = 1e-60)] public partial Edges A { get; } "
        + "[Member] public partial Edges B { get; } }",
        "[Ensemble<MeanLogit>] public partial class E { [Member(Weight = 1e308)] public partial Edges A { get; } "
        + "[Member(Weight = 1e308)] public partial Edges B { get; } }",
        // Components of nothing.
        "public partial class E { [Member] public partial Edges A { get; } }",
        "public partial class E { [Member] public partial Edges A { get; } } partial class E { [Gate] public partial "
        + "Uncertainty B { get; } }",
        "public class E { [Member] public partial Edges A { get; } }",
        "public static partial class E { [Member] public partial Edges A { get; } }",
        "public partial struct E { [Member, Gate] public partial Edges A { get; } }",
        "public partial record E { [Member] public partial Edges A { get; } [Member] public partial Edges A { get; } }",
        "public partial interface E { [Gate] partial Uncertainty A { get; } [Member] partial Edges this[int i] "
        + "{ get; } }",
        "file partial class E { [Member] public partial Edges A { get; } }",
        "public partial class E { [Member] public partial Missing A { get; } }",
        "public partial class { [Member] public partial Edges A { get; } }",
        // Suites of nothing.
        "[AblationSuite<Missing>] public partial class S;",
        "[AblationSuite<>] public partial class S;",
        "[AblationSuite<string>] public partial class S;",
        "[AblationSuite<Ensemble>] public partial class S;",
        "[AblationSuite<Ensemble[]>] public partial class S;",
        "[AblationSuite<S>] [MayAddNothing] [MayAddNothing(null!, 3)] public partial class S;",
    ];
}
