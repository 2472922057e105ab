using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0012NoEnsembleTests : FixTests<ENS0012NoEnsemble, ENS0012NoEnsembleFix>
{
    [Fact]
    public void Names_the_components() => Reports(
        """
        public partial class [|One|]
        {
            [Member] public partial Blurred A { get; }
        }

        public class Outer
        {
            public class [|Two|]
            {
                [Ensembles.GateAttribute] public Watchful B { get; set; }
                [global::Ensembles.Member] public Blurred A => new();
            }
        }
        """,
        "No code is generated for `One`: it marks `A` as a component, and has no [Ensemble<...>] that names a voting "
        + "rule",
        "No code is generated for `Two`: it marks `B` and `A` as components, and has no [Ensemble<...>] that names a "
        + "voting rule");

    [Fact]
    public void Reports_a_type_in_parts_once_where_its_components_are() => Reports(
        """
        public partial class Parts { }

        partial class [|Parts|] { [Member] public partial Blurred A { get; } }

        partial class Parts { [Gate] public partial Watchful B { get; } }
        """,
        "No code is generated for `Parts`: it marks `A` and `B` as components, and has no [Ensemble<...>] that names "
        + "a voting rule");

    [Fact]
    public void An_ensemble_passes_its_attribute_on_to_nobody() => Reports(
        """
        public abstract class [|Base|] { [Member] public Blurred A { get; set; } }

        [Ensemble<MeanLogit>]
        public partial class Whole { [Member] public partial Blurred A { get; } }

        public class [|More|](Blurred a) : Whole(a) { [Member] public Compact B { get; set; } }

        public struct [|Value|] { [Gate] public Watchful B { get; set; } }
        """,
        "No code is generated for `Base`: it marks `A` as a component, and has no [Ensemble<...>] that names a voting "
        + "rule",
        "No code is generated for `More`: it marks `B` as a component, and has no [Ensemble<...>] that names a voting "
        + "rule",
        "No code is generated for `Value`: it marks `B` as a component, and has no [Ensemble<...>] that names a "
        + "voting rule");

    [Fact]
    public void Accepts_ensembles_and_attributes_of_others() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class Whole { }

        partial class Whole { [Member] public partial Blurred A { get; } [Gate] public partial Watchful B { get; } }

        public class Club
        {
            [Own.Member] public string Name => "";
            [property: Obsolete] public Blurred? Unmarked { get; set; }
            public int this[int i] => i;
        }

        namespace Own { public class MemberAttribute : Attribute; }
        """);

    [Theory]
    [InlineData("[Ensemble]")]
    [InlineData("[Ensemble<>]")]
    [InlineData("[Ensemble<Missing>]")]
    [InlineData("[Ensemble<MeanLogit, MeanLogit>]")]
    [InlineData("[Ensemble<")]
    public void Leaves_half_typed_attributes_to_the_compiler(string attribute) => Assert.Empty(AnalyzerRun.On(
        [Snippets.Zoo, $$"""
            using Ensembles;
            {{attribute}}
            public partial class E { [Member] public partial Blurred A { get; } }
            """],
        new ENS0012NoEnsemble()).Diagnostics);

    const string Members = """
        {
            [Gate] public partial Watchful Doubt { get; }
            [Member] public partial Blurred A { get; }
        }

        """;

    [Theory]
    [InlineData(0, "MeanProbability")]
    [InlineData(1, "MeanLogit")]
    [InlineData(2, "MedianLogit")]
    [InlineData(3, "MajorityVote")]
    public void Marks_the_class(int offer, string rule) => Fixes(
        "/// <summary>Two.</summary>\npublic partial class Pair\n" + Members,
        offer,
        $"/// <summary>Two.</summary>\n[Ensemble<{rule}>]\npublic partial class Pair\n" + Members);

    [Fact]
    public void Takes_weights_into_account() => Fixes(
        """
        [Serializable]
        public partial class Pair
        {
            [Member(Weight = 2)] public partial Blurred A { get; }
        }
        """,
        """
        [Serializable]
        [Ensemble<WeightedMean>]
        public partial class Pair
        {
            [Member(Weight = 2)] public partial Blurred A { get; }
        }
        """);

    [Fact]
    public void Marks_all_classes() => FixesAll(
        "public partial class Pair\n" + Members + "\npublic partial class Other : Ensemble\n" + Members,
        "[Ensemble<MeanProbability>]\npublic partial class Pair\n" + Members
        + "\n[Ensemble<MeanProbability>]\npublic partial class Other : Ensemble\n" + Members);

    [Fact]
    public void Marks_what_derives_from_an_ensemble_or_is_there_to_derive_from() => FixesAll(
        "[Ensemble<MaxMin>]\npublic partial class Whole\n" + Members
        + "\npublic partial class More : Whole { [Member] public partial Compact Added { get; } }"
        + "\npublic abstract partial class Base\n" + Members,
        "[Ensemble<MaxMin>]\npublic partial class Whole\n" + Members
        + "\n[Ensemble<MeanProbability>]\npublic partial class More : Whole { [Member] public partial Compact Added "
        + "{ get; } }\n[Ensemble<MeanProbability>]\npublic abstract partial class Base\n" + Members);

    [Fact]
    public void Offers_nothing_where_no_ensemble_would_come_of_it() => OffersNothing(
        """
        public partial class Gates { [Gate] public partial Watchful A { get; } }
        public partial class Derived : List<int> { [Member] public partial Blurred A { get; } }
        public partial record Record { [Member] public partial Blurred A { get; } }
        public partial struct Value { [Member] public partial Blurred A { get; } }
        """);
}
