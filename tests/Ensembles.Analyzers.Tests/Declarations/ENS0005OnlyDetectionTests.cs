using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0005OnlyDetectionTests : RuleTests<ENS0005OnlyDetection>
{
    [Fact]
    public void Names_what_detects() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|GuardsPlain|]
        {
            [Gate] public partial BayesianUncertaintyDetector Doubt { get; }
            [Member] public partial UndefendedClassifier Plain { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|Detecting|]
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial Choosy Choosy { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|GuardsUnmarked|]
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial Unmarked Plain { get; }
        }
        """,
        "`Doubt` detects, and nothing else protects `GuardsPlain`: one joint loss goes around detection",
        "`Gate` and `Choosy` detect, and nothing else protects `Detecting`: one joint loss goes around detection",
        "`Gate` detects, and nothing else protects `GuardsUnmarked`: one joint loss goes around detection");

    [Fact]
    public void Accepts_detection_in_front_of_defended_members() => Accepts(
        """
        [Defense(Category.Detection, Category.FeatureSeparation), Claims<AdversarialRejection>]
        public class Distant : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Ensemble<MeanLogit>]
        public partial class D
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial Distant Distant { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial UndefendedClassifier Plain { get; }
            [Member] public partial Compact Compact { get; }
        }
        """);
}
