using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0007CannotCompleteTests : FixTests<ENS0007CannotComplete, ENS0007CannotCompleteFix>
{
    [Fact]
    public void Finds_what_is_not_partial_wherever_it_stands() => Reports(
        """
        public class [|Outer|]
        {
            public partial struct Middle
            {
                [Ensemble<MeanLogit>]
                public class [|E|]
                {
                    [Member] public Blurred [|A|] { get; }
                }
            }
        }
        """,
        "No code is generated for `E`: `Outer`, which it is nested in, is not partial",
        "No code is generated for `E`: it is not partial",
        "No code is generated for `E`: `A` is not partial");

    [Fact]
    public void Finds_classes_that_are_closed() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial record [|Recorded|]
        {
            [Member] public Blurred [|A|] { get; }
        }

        [Ensemble<MeanLogit>]
        file partial class [|Local|]
        {
            [Member] public partial Blurred A { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|Derived|] : Blurred
        {
            [Member] public partial Blurred A { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Constructed[|(int size)|]
        {
            public int Size => size;
            [Member] public partial Blurred A { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Injected
        {
            public [|Injected|](Blurred a) { }
            [Member] public partial Blurred A { get; }
        }
        """,
        "No code is generated for `Recorded`: it is a record",
        "No code is generated for `Recorded`: `A` is not partial",
        "No code is generated for `Local`: it is visible in its file alone",
        "No code is generated for `Derived`: it derives from `Blurred` instead of `Ensemble`",
        "No code is generated for `Constructed`: it has a primary constructor, and its generated constructor takes "
        + "the components",
        "No code is generated for `Injected`: its generated constructor has the same parameters");

    [Fact]
    public void Finds_names_that_are_taken_and_rules_that_are_hidden() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            public int [|Components|] => 1;
            [Member] public partial Blurred [|parameters|] { get; }
        }

        [[|Ensemble<Sly>|]]
        public partial class F
        {
            [Member] public partial Blurred A { get; }
        }

        public class Sly : IVotingRule
        {
            static Tensor IVotingRule.Scores(Ballot ballot) => ballot.MemberLogits[0];
            static Tensor IVotingRule.Labels(Ballot ballot, Tensor scores) => scores.argmax(-1);
            static Tensor IVotingRule.SurrogateScores(Ballot ballot) => ballot.MemberLogits[0];
        }
        """,
        "No code is generated for `E`: its generated part has a member `Components` too",
        "No code is generated for `E`: it inherits another `parameters`",
        "No code is generated for `F`: `Sly` implements IVotingRule explicitly, so that its members cannot be called "
        + "by name");

    [Fact]
    public void Finds_properties_that_cannot_get_a_body() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred? [|A|] { get; }
            [Member] public partial Blurred [|B|] { get; set; }
            [Member] public static partial Blurred [|C|] { get; }
        }
        """,
        "No code is generated for `E`: `A` may be null",
        "No code is generated for `E`: `B` has other accessors than get",
        "No code is generated for `E`: `C` is static");

    [Fact]
    public void Finds_suites_that_are_not_partial() => Reports(
        """
        [AblationSuite<E>]
        public class [|S|];

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
        }
        """,
        "No code is generated for `S`: it is not partial");

    [Fact]
    public void Accepts_every_form_that_gets_code() => Accepts(
        """
        public partial record struct Outer<T>
        {
            internal partial interface IInner
            {
                [Ensemble<MeanLogit>]
                public sealed partial class E<TOther> : Ensemble
                {
                    readonly int own = 1;
                    public int Own => own;
                    [Member] private partial Blurred A { get; }
                    [Member] protected internal partial Compact @class { get; }
                }
            }
        }
        """);

    [Fact]
    public void Makes_one_thing_partial() => Fixes(
        """
        [Ensemble<MeanLogit>]
        public class E
        {
            [Member] public partial Blurred A { get; }
        }
        """,
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
        }
        """);

    [Fact]
    public void Makes_everything_partial_at_once() => FixesAll(
        """
        static class Outer
        {
            // Inside.
            struct Middle
            {
                [Ensemble<MeanLogit>]
                class E
                {
                    [Member] public Blurred A { get; }
                    /// <summary>B.</summary>
                    [Member] Compact B { get; }
                }

                [Ensemble<MeanLogit>]
                public sealed class F
                {
                    [Member] public partial Blurred A { get; }
                }
            }
        }
        """,
        """
        static partial class Outer
        {
            // Inside.
            partial struct Middle
            {
                [Ensemble<MeanLogit>]
                partial class E
                {
                    [Member] public partial Blurred A { get; }
                    /// <summary>B.</summary>
                    [Member] partial Compact B { get; }
                }

                [Ensemble<MeanLogit>]
                public sealed partial class F
                {
                    [Member] public partial Blurred A { get; }
                }
            }
        }
        """);

    [Fact]
    public void Offers_nothing_where_partial_would_not_help() => OffersNothing(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public Blurred A => null!;
            [Member] public Blurred B { get; set; }
            [Member] public Blurred C { get; } = new();
        }

        [Ensemble<MeanLogit>]
        public partial record F
        {
            [Member] public partial Blurred A { get; }
        }
        """);
}
