using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0011EvenMajorityTests : RuleTests<ENS0011EvenMajority>
{
    [Fact]
    public void Counts_members_and_not_gates() => Reports(
        """
        [Ensemble<MajorityVote>]
        public partial class [|E|]
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial Blurred A { get; }
            [Member] public partial Compact B { get; }
        }
        """,
        "`E` takes a majority vote over 2 members, `A` and `B`: half against half is a tie, and a tie rejects the "
        + "image");

    [Fact]
    public void Counts_members_that_are_inherited() => Reports(
        """
        [Ensemble<MajorityVote>]
        public partial class E { [Member] public partial Blurred A { get; } }

        [Ensemble<MajorityVote>]
        public partial class [|F|] : E { [Member] public partial Compact B { get; } }

        [Ensemble<MajorityVote>]
        public partial class G : F { [Member] public partial Masked C { get; } }
        """,
        "`F` takes a majority vote over 2 members, `A` and `B`: half against half is a tie, and a tie rejects the "
        + "image");

    [Fact]
    public void Accepts_odd_numbers_and_other_rules() => Accepts(
        """
        [Ensemble<MajorityVote>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Compact B { get; }
            [Member] public partial Masked C { get; }
        }

        [Ensemble<Quorum>(Quorum = 2)]
        public partial class F
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Compact B { get; }
        }
        """);
}
