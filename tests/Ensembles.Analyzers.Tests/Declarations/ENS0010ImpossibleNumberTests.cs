using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0010ImpossibleNumberTests : RuleTests<ENS0010ImpossibleNumber>
{
    [Fact]
    public void Finds_weights_that_are_none() => Reports(
        """
        [Ensemble<WeightedMean>]
        public partial class E
        {
            [Member([|Weight = 0|])] public partial Blurred A { get; }
            [Member([|Weight = -1|])] public partial Blurred B { get; }
            [Member([|Weight = double.NaN|])] public partial Blurred C { get; }
            [Member([|Weight = double.PositiveInfinity|])] public partial Blurred D { get; }
            [Member([|Weight = default|])] public partial Blurred E1 { get; }
            [Member([|Weight = default(double)|])] public partial Blurred E2 { get; }
            [Member([|Weight = '\0'|])] public partial Blurred E3 { get; }
        }
        """,
        "The weight of `A` is 0; a weight is positive and finite",
        "The weight of `B` is -1; a weight is positive and finite",
        "The weight of `C` is NaN; a weight is positive and finite",
        "The weight of `D` is Infinity; a weight is positive and finite",
        "The weight of `E1` is 0; a weight is positive and finite",
        "The weight of `E2` is 0; a weight is positive and finite",
        "The weight of `E3` is 0; a weight is positive and finite");

    [Fact]
    public void Finds_weights_that_vanish_beside_others() => Reports(
        """
        [Ensemble<WeightedMean>]
        public partial class E
        {
            [Member([|Weight = 1e-60|])] public partial Blurred A { get; }
            [Member] public partial Blurred B { get; }
        }
        """,
        "The weight of `A` is 1E-60; beside the other weights its share of the vote is 0 in float32");

    [Fact]
    public void Finds_rates_outside_of_0_to_1() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate([|FalsePositiveRate = 0|])] public partial Watchful A { get; }
            [Gate([|FalsePositiveRate = 1|])] public partial Watchful B { get; }
            [Gate([|FalsePositiveRate = double.NaN|])] public partial Watchful C { get; }
            [Member] public partial Blurred D { get; }
        }
        """,
        "The false positive rate of `A` is 0; a rate lies between 0 and 1",
        "The false positive rate of `B` is 1; a rate lies between 0 and 1",
        "The false positive rate of `C` is NaN; a rate lies between 0 and 1");

    [Fact]
    public void Finds_quorums_that_nobody_can_reach_or_miss() => Reports(
        """
        [Ensemble<Quorum>([|Quorum = 3|])]
        public partial class E
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial Blurred A { get; }
            [Member] public partial Blurred B { get; }
        }

        [Ensemble<Quorum>([|Quorum = 0|])]
        public partial class F
        {
            [Member] public partial Blurred A { get; }
        }
        """,
        "The quorum of `E` is 3; from 1 to 2 members can agree",
        "The quorum of `F` is 0; one member can only agree with itself");

    [Fact]
    public void Finds_numbers_of_members_that_a_rule_has_no_parts_for() => Reports(
        """
        [[|Ensemble<MixedNuts>|]]
        public partial class E
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial Blurred A { get; }
        }

        [[|Ensemble<MixedNuts>|]]
        public partial class F
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Compact B { get; }
            [Member] public partial Masked C { get; }
        }

        [Ensemble<MixedNuts>]
        public partial class G
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Compact B { get; }
        }
        """,
        "The number of members of `E` is 1; `MixedNuts` takes 2, in this order: accurate, robust",
        "The number of members of `F` is 3; `MixedNuts` takes 2, in this order: accurate, robust");

    [Fact]
    public void Accepts_the_ends_of_what_is_possible() => Accepts(
        """
        [Ensemble<Quorum>(Quorum = 2)]
        public partial class E
        {
            [Gate(FalsePositiveRate = 1e-9)] public partial Watchful Gate { get; }
            [Gate(FalsePositiveRate = 0.999)] public partial Watchful Other { get; }
            [Member(Weight = 1e-30)] public partial Blurred A { get; }
            [Member(Weight = 1e5)] public partial Blurred B { get; }
        }
        """);
}
