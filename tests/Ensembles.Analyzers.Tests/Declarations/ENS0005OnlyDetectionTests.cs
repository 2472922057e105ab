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
        """,
        "`Doubt` detects, and nothing else protects `GuardsPlain`: one joint loss goes around detection",
        "`Gate` and `Choosy` detect, and nothing else protects `Detecting`: one joint loss goes around detection");

    [Fact]
    public void Accepts_detection_in_front_of_defended_members() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial UndefendedClassifier Plain { get; }
            [Member] public partial Compact Compact { get; }
        }
        """);
}
