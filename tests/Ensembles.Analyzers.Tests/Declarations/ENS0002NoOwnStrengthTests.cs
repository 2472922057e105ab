using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0002NoOwnStrengthTests : FixTests<ENS0002NoOwnStrength, ENS0002NoOwnStrengthFix>
{
    [Fact]
    public void Names_the_strength_and_who_has_it() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred Blur { get; }
            [Member] public partial EdgeClassifier [|Edges|] { get; }
            [Member] public partial Compact Compact { get; }
        }
        """,
        "`Edges` claims only `NonRobustFeatureRemoval`, which `Blur` claims already");

    [Fact]
    public void An_ensemble_claims_what_its_members_claim() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial EdgeClassifier [|Edges|] { get; }
            [Member] public partial Both Inner { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Both
        {
            [Member] public partial Blurred Blur { get; }
            [Member] public partial Compact Compact { get; }
        }
        """,
        "`Edges` claims only `NonRobustFeatureRemoval`, which `Inner` claims already");

    [Fact]
    public void What_is_inherited_counts_and_is_reported_at_the_class() => Reports(
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>, Claims<WorstCaseMarginalization>]
        public class Both : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Ensemble<MeanLogit>]
        public partial class Base
        {
            [Member] public partial Blurred Blur { get; }
            [Member] public partial Compact Compact { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Late : Base { [Member] public partial EdgeClassifier [|Edges|] { get; } }

        [Ensemble<MeanLogit>]
        public partial class [|More|] : Base { [Member] public partial Both Added { get; } }
        """,
        "`Edges` claims only `NonRobustFeatureRemoval`, which `Blur` claims already",
        "`Blur` claims only `NonRobustFeatureRemoval`, which `Added` claims already");

    [Fact]
    public void Of_two_alike_reports_the_later_and_of_a_part_and_a_whole_the_part() => Reports(
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>, Claims<WorstCaseMarginalization>]
        public class Both : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Ensemble<MeanLogit>]
        public partial class Alike
        {
            [Member] public partial Compact First { get; }
            [Member] public partial Compact [|Second|] { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class PartAndWhole
        {
            [Member] public partial Blurred [|Part|] { get; }
            [Member] public partial Both Whole { get; }
        }
        """,
        "`Second` claims only `IntraClassCompactness`, which `First` claims already",
        "`Part` claims only `NonRobustFeatureRemoval`, which `Whole` claims already");

    [Fact]
    public void What_a_front_claims_no_member_has_to_itself() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Front] public partial Round Rounded { get; }
            [Member] public partial Blurred [|Blur|] { get; }
            [Member] public partial Compact Compact { get; }
        }

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Round : InputTransform { public override Tensor forward(Tensor images) => images.round(); }
        """,
        "`Blur` claims only `NonRobustFeatureRemoval`, which `Rounded` claims already");

    [Fact]
    public void Several_members_can_cover_one_together() => Reports(
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>, Claims<WorstCaseMarginalization>]
        public class Both : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Trained B { get; }
            [Member] public partial Both [|C|] { get; }
        }
        """,
        "`C` claims only `NonRobustFeatureRemoval` and `WorstCaseMarginalization`, which `A` and `B` claim already");

    [Fact]
    public void Accepts_a_strength_of_its_own_beside_a_shared_one() => Accepts(
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>, Claims<SmallInputJacobian>]
        public class Smooth : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>, Claims<Own>]
        public class Unheard : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        public class Own : IStrength
        {
            public static string Name => "own";
            public static IReadOnlyList<Category> Categories => [Category.NonRobustFeatures];
            public static ClaimMeasurement Measure(
                Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
                new("", 0, 0, true);
        }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Smooth A { get; }
            [Member] public partial Unheard B { get; }
        }
        """);

    [Fact]
    public void Does_not_count_what_an_undefended_member_claims() => Accepts(
        """
        [Defense(Category.Undefended), Claims<IntraClassCompactness>]
        public class Boasting : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Boasting A { get; }
            [Member] public partial Compact B { get; }
            [Member] public partial Boasting C { get; }
            [Member] public partial Accurate D { get; }
        }
        """);

    [Fact]
    public void Leaves_members_that_claim_nothing_to_their_own_rule_and_gates_alone() => Accepts(
        """
        [Defense(Category.GradientMasking)]
        public class Silent : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial Watchful Gate { get; }
            [Gate] public partial Watchful SecondGate { get; }
            [Member] public partial Blurred A { get; }
            [Member] public partial Silent B { get; }
        }
        """);

    const string Classes = """

        [Defense(Category.NonRobustFeatures)]
        [Claims<NonRobustFeatureRemoval>]
        public class Jpeg : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        /// <summary>Passes low frequencies.</summary>
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class LowPass : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>, Claims<WorstCaseMarginalization>]
        public class Both : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """;

    const string Ensemble = """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Both Both { get; }
            [Member] public partial Jpeg Jpeg { get; }
            [Member] public partial LowPass LowPass { get; }
        }

        """;

    [Fact]
    public void Claims_what_the_category_can_have_and_nobody_claims() => Fixes(
        Ensemble + Classes,
        Ensemble
            + Classes.Replace(
                "[Claims<NonRobustFeatureRemoval>]\n",
                "[Claims<NonRobustFeatureRemoval>]\n[Claims<ManifoldProjection>]\n", StringComparison.Ordinal));

    [Fact]
    public void Offers_the_other_strengths_too() => Fixes(
        Ensemble + Classes, offer: 1,
        Ensemble
            + Classes.Replace(
                "[Claims<NonRobustFeatureRemoval>]\n", "[Claims<NonRobustFeatureRemoval>]\n[Claims<CertifiedRadius>]\n",
                StringComparison.Ordinal));

    [Fact]
    public void Claims_what_either_category_can_have() => Fixes(
        Ensemble + Classes.Replace(
            "[Defense(Category.NonRobustFeatures)]\n", "[Defense(Category.NonRobustFeatures, "
            + "Category.FeatureSeparation)]\n",
            StringComparison.Ordinal),
        Ensemble + Classes.Replace(
            "[Defense(Category.NonRobustFeatures)]\n[Claims<NonRobustFeatureRemoval>]\n",
            "[Defense(Category.NonRobustFeatures, Category.FeatureSeparation)]\n[Claims<NonRobustFeatureRemoval>]\n"
            + "[Claims<IntraClassCompactness>]\n",
            StringComparison.Ordinal));

    [Fact]
    public void Gives_each_member_another_claim_when_fixing_all() => FixesAll(
        Ensemble + Classes,
        Ensemble + Classes
            .Replace(
                "[Claims<NonRobustFeatureRemoval>]\n",
                "[Claims<NonRobustFeatureRemoval>]\n[Claims<ManifoldProjection>]\n", StringComparison.Ordinal)
            .Replace(
                ", Claims<NonRobustFeatureRemoval>]\n",
                ", Claims<NonRobustFeatureRemoval>]\n[Claims<CertifiedRadius>]\n", StringComparison.Ordinal));

    [Fact]
    public void Offers_nothing_for_two_members_of_one_class_or_a_class_from_elsewhere() => OffersNothing(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Blurred B { get; }
            [Member] public partial EdgeClassifier C { get; }
        }
        """);
}
