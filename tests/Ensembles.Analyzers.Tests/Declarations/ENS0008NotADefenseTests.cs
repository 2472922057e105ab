using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0008NotADefenseTests : RuleTests<ENS0008NotADefense>
{
    [Fact]
    public void Names_the_type() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial [|Plain|] Gate { get; }
            [Member] public partial [|UndefendedClassifier|] A { get; }
            [Member] public partial [|string|] B { get; }
            [Member] public partial [|Blurred[]|] C { get; }
        }

        public class Plain : Detector { public override Tensor forward(Tensor images) => images.mean([1, 2, 3]); }
        """,
        "`Gate` is of type `Plain`, which is not marked [Defense]",
        "`A` is of type `UndefendedClassifier`, which is not marked [Defense]",
        "`B` is of type `string`, which is not marked [Defense]",
        "`C` is of type `Blurred[]`, which is not marked [Defense]");

    [Fact]
    public void A_class_does_not_inherit_its_category() => Reports(
        """
        public class Derived : Blurred;

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial [|Derived|] A { get; }
        }
        """,
        "`A` is of type `Derived`, which is not marked [Defense]");

    [Fact]
    public void Accepts_defenses_from_here_and_from_elsewhere() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial Blurred A { get; }
            [Member] public partial EdgeClassifier B { get; }
            public UndefendedClassifier? Twin { get; set; }
        }
        """);
}
