using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0004OnlyMaskingTests : RuleTests<ENS0004OnlyMasking>
{
    [Fact]
    public void Names_what_masks() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|One|]
        {
            [Member] public partial StochasticPruningClassifier Pruned { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|WithPlain|]
        {
            [Member] public partial Masked A { get; }
            [Member] public partial Masked B { get; }
            [Member] public partial Unmarked Plain { get; }
        }
        [Ensemble<MeanLogit>]
        public partial class [|WithAccurate|]
        {
            [Member] public partial Masked A { get; }
            [Member] public partial UndefendedClassifier Accurate { get; }
        }
        """,
        "`Pruned` masks gradients, and nothing else protects `One`: an attack that knows of it goes around masking",
        "`A` and `B` mask gradients, and nothing else protects `WithPlain`: an attack that knows of it goes around "
        + "masking",
        "`A` masks gradients, and nothing else protects `WithAccurate`: an attack that knows of it goes around "
        + "masking");

    [Fact]
    public void Accepts_masking_beside_anything_else() => Accepts(
        """
        [Defense(Category.GradientMasking, Category.NonRobustFeatures), Claims<TestTimeRandomness>]
        public class Resized : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Ensemble<MeanLogit>]
        public partial class D
        {
            [Member] public partial Masked A { get; }
            [Member] public partial Resized B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Masked A { get; }
            [Member] public partial Compact B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class F
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial Masked A { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class G
        {
            [Member] public partial Unmarked Plain { get; }
        }
        """);
}
