using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0006NoMembersTests : RuleTests<ENS0006NoMembers>
{
    [Fact]
    public void Says_what_has_nothing_to_do() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|Empty|];

        [Ensemble<MeanLogit>]
        public partial class [|Forgotten|]
        {
            public Blurred A { get; } = new();
        }

        [Ensemble<MeanLogit>]
        public partial class [|Gates|]
        {
            [Gate] public partial Watchful First { get; }
            [Gate] public partial Watchful Second { get; }
        }
        """,
        "`Empty` has no property marked [Member]: nothing votes",
        "`Forgotten` has no property marked [Member]: nothing votes",
        "`Gates` has no property marked [Member]: `First` and `Second` have nothing to guard");

    [Fact]
    public void Looks_at_every_part_of_the_class() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class E;

        public partial class E
        {
            [Member] public partial Blurred A { get; }
        }
        """);
}
