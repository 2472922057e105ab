using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0003ComplementTests : RuleTests<ENS0003Complement>
{
    [Fact]
    public void Names_the_defenses_in_reach_here_and_in_referenced_assemblies() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|OneSided|]
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Masked B { get; }
        }
        """,
        "No member of `OneSided` separates features; `AverageMarginClassifier`, `CenterLossClassifier`, `Compact`, "
        + "`ContrastiveCenterClassifier` and 8 more would");

    [Fact]
    public void Names_a_few_of_many() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|OneSided|]
        {
            [Member] public partial Compact A { get; }
        }

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Jpeg : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """,
        "No member of `OneSided` removes non-robust features; `AdversarialLogitPairingClassifier`, "
        + "`Blurred`, `CleanLogitPairingClassifier`, `EdgeClassifier` and 14 more would");

    [Fact]
    public void A_front_stands_for_its_category() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Front] public partial Round Rounded { get; }
            [Member] public partial Compact A { get; }
        }

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Round : InputTransform { public override Tensor forward(Tensor images) => images.round(); }
        """);

    [Fact]
    public void Says_so_where_there_is_none()
    {
        var compilation = AnalyzerRun.Compile(
        [
            """
            using Ensembles;
            using static TorchSharp.torch;

            [Ensemble<MeanLogit>]
            public partial class OneSided
            {
                [Member] public partial Blurred A { get; }
            }

            [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
            public class Blurred : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

            class Nest
            {
                [Defense(Category.FeatureSeparation), Claims<IntraClassCompactness>]
                class Unreachable : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
            }
            """,
        ]);

        var run = AnalyzerRun.On(
            compilation.WithReferences(References.Without("Ensembles.Defenses")), new ENS0003Complement());

        var diagnostic = Assert.Single(run.Diagnostics);
        Assert.Equal(
            "No member of `OneSided` separates features; this project references no defense that does",
            diagnostic.GetMessage());
        Assert.Equal(DiagnosticSeverity.Info, diagnostic.Severity);
    }

    [Fact]
    public void Members_without_a_defense_of_their_own_complement_nothing() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|OneSided|]
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Accurate B { get; }
        }
        """,
        "No member of `OneSided` separates features; `AverageMarginClassifier`, `CenterLossClassifier`, `Compact`, "
        + "`ContrastiveCenterClassifier` and 8 more would");

    [Fact]
    public void A_member_of_two_categories_fills_both_and_is_named_for_either() => Reports(
        """
        [Defense(Category.FeatureSeparation, Category.NonRobustFeatures), Claims<IntraClassCompactness>]
        public class Combined : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Ensemble<MeanLogit>]
        public partial class Complete
        {
            [Member] public partial Combined A { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|OneSided|]
        {
            [Member] public partial Blurred A { get; }
        }
        """,
        "No member of `OneSided` separates features; `AverageMarginClassifier`, `CenterLossClassifier`, `Combined`, "
        + "`Compact` and 9 more would");

    [Fact]
    public void Accepts_members_that_complement_each_other_and_does_not_guess() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Compact B { get; }
            [Member] public partial Masked C { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Unknown
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Unmarked B { get; }
        }
        """);
}
