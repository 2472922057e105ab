using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Declarations;

/// <summary>ENS0007 of ensembles that derive from others.</summary>
public class ENS0007InheritanceTests : RuleTests<ENS0007CannotComplete>
{
    [Fact]
    public void Accepts_what_derives_from_an_ensemble() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public abstract partial class Base
        {
            public Base() : this(new Blurred()) { }
            [Member] public partial Blurred A { get; }
            public string Says(string what) => what;
            int hidden = 1;
        }

        [Ensemble<MajorityVote>]
        public partial class Derived : Base
        {
            [Member] public partial Compact B { get; }
            [Gate] public partial Watchful Hidden { get; }
            string Says(int what) => $"{what}";
        }

        [Ensemble<MaxMin>]
        public sealed partial class Last : Derived;
        """);

    [Fact]
    public void Finds_what_hides_what_it_inherits() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Base
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Blurred B { get; }
            public int Size => 1;
        }

        [Ensemble<MeanLogit>]
        public partial class Derived : Base
        {
            [Member] public partial Compact [|A|] { get; }
            public new int [|B|] => 1;
            [Member] public partial Compact [|Size|] { get; }
        }
        """,
        "No code is generated for `Derived`: it inherits another `A` from `Base`",
        "No code is generated for `Derived`: it inherits another `B` from `Base`",
        "No code is generated for `Derived`: it inherits another `Size` from `Base`");

    [Fact]
    public void Finds_components_out_of_sight() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Base
        {
            [Member] private partial Blurred A { get; }
            [Member] public partial Blurred B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|Derived|] : Base { [Member] public partial Compact C { get; } }
        """,
        "No code is generated for `Derived`: it derives from `Base`, whose `A` it cannot see: an ensemble that others "
        + "derive from has components that these see");

    [Fact]
    public void Finds_a_training_that_would_leave_out_what_is_added() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Base
        {
            [Member] public partial Blurred A { get; }
            public void Train(int epochs) { }
        }

        [Ensemble<MeanLogit>]
        public partial class [|Derived|] : Base { [Member] public partial Compact B { get; } }

        [Ensemble<MeanLogit>]
        public partial class Taught : Base
        {
            [Member] public partial Compact B { get; }
            public void Train(string how) { }
        }

        [Ensemble<MaxMin>]
        public partial class Otherwise : Base;
        """,
        "No code is generated for `Derived`: `Base` has a `Train` of its own, which knows nothing of what is added "
        + "here: write a `Train` here too");

    [Fact]
    public void Finds_abstentions_that_a_fitted_vote_would_inherit() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Inner { [Member] public partial Blurred A { get; } }

        [Ensemble<MeanLogit>]
        public partial class Base { [Member] public partial Inner A { get; } }

        [[|Ensemble<StackedMean>|]]
        public partial class Derived : Base { [Member] public partial Compact B { get; } }
        """,
        "No code is generated for `Derived`: it inherits `A`, an ensemble, which may abstain, and the numbers of "
        + "`StackedMean` are fitted to all members: take a rule that is not fitted");

    [Fact]
    public void Finds_constructors_like_the_generated_ones() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Base { [Member] public partial Blurred A { get; } }

        [Ensemble<MeanLogit>]
        public partial class Derived : Base
        {
            public [|Derived|](Blurred a, Compact b) : base(a) { }
            public [|Derived|](string name, Blurred a, Compact b) : base(name, a) { }
            public Derived(Compact b) : this(new Blurred(), b) { }
            [Member] public partial Compact B { get; }
        }
        """,
        "No code is generated for `Derived`: its generated constructor has the same parameters",
        "No code is generated for `Derived`: its generated constructor has the same parameters");

    [Fact]
    public void Leaves_what_is_wrong_with_the_other_to_where_it_is_declared() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Base { [Member] public partial Blurred [|A|] { get; set; } }

        [Ensemble<MeanLogit>]
        public partial class Derived : Base { [Member] public partial Compact B { get; } }

        public class Between : Base;

        [Ensemble<MeanLogit>]
        public partial class [|Far|] : Between { [Member] public partial Compact B { get; } }
        """,
        "No code is generated for `Base`: `A` has other accessors than get",
        "No code is generated for `Far`: it derives from `Between` instead of `Ensemble`");
}
