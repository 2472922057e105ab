using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0001SingleCategoryTests : RuleTests<ENS0001SingleCategory>
{
    [Fact]
    public void Names_the_members_and_what_is_missing() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|OneSided|]
        {
            [Member] public partial Blurred Edges { get; }
            [Member] public partial Blurred Jpeg { get; }
            [Member] public partial Trained LowPass { get; }
        }
        """,
        "`Edges`, `Jpeg` and `LowPass` all remove non-robust features; nothing here separates features or detects");

    [Fact]
    public void Counts_the_components_of_an_ensemble_among_the_members() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Several
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Guarded B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|Alike|]
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial OneSided C { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class NotKnown
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Unknown D { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Guarded
        {
            [Gate] public partial Watchful A { get; }
            [Member] public partial Trained B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|OneSided|]
        {
            [Member] public partial Accurate A { get; }
            [Member] public partial Trained B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Unknown { [Member] public partial Unmarked A { get; } }
        """,
        "`A` and `C` remove non-robust features; nothing here separates features or detects",
        "`B` removes non-robust features; nothing here separates features or detects");

    [Fact]
    public void Counts_a_front_as_any_other_component() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Two
        {
            [Front] public partial Round Rounded { get; }
            [Member] public partial Compact A { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|One|]
        {
            [Front] public partial Round Rounded { get; }
            [Member] public partial Trained A { get; }
        }

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Round : InputTransform { public override Tensor forward(Tensor images) => images.round(); }
        """,
        "`Rounded` and `A` remove non-robust features; nothing here separates features or detects");

    [Fact]
    public void Speaks_of_two_members_and_of_one() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|Two|]
        {
            [Member] public partial Compact A { get; }
            [Member] public partial Compact B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|One|]
        {
            [Member] public partial Proven Alone { get; }
        }
        """,
        "`A` and `B` separate features; nothing here removes non-robust features or detects",
        "`Alone` certifies; nothing here separates features, removes non-robust features or detects");

    [Fact]
    public void Sees_defenses_of_referenced_assemblies() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|OneSided|]
        {
            [Member] public partial EdgeClassifier Edges { get; }
            [Member] public partial Blurred Blurred { get; }
        }
        """,
        "`Edges` and `Blurred` remove non-robust features; nothing here separates features or detects");

    [Fact]
    public void Accepts_two_categories_of_members() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Compact B { get; }
        }
        """);

    [Fact]
    public void Counts_a_gate_as_protection_of_another_kind() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial Blurred A { get; }
            [Member] public partial Trained B { get; }
        }
        """);

    [Fact]
    public void Leaves_masking_and_detection_to_their_own_rules() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Masked A { get; }
            [Member] public partial Masked B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class F
        {
            [Gate] public partial Watchful Gate { get; }
            [Member] public partial Choosy A { get; }
        }
        """);

    [Fact]
    public void Does_not_count_members_without_a_defense_of_their_own() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|OneSided|]
        {
            [Member] public partial Accurate A { get; }
            [Member] public partial Blurred B { get; }
            [Member] public partial UndefendedClassifier C { get; }
            [Member] public partial Trained D { get; }
        }
        """,
        "`B` and `D` remove non-robust features; nothing here separates features or detects");

    [Fact]
    public void Says_that_nothing_protects_where_no_member_has_a_defense() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class [|Plain|]
        {
            [Member] public partial Accurate Alone { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class [|Crowd|]
        {
            [Member] public partial Accurate A { get; }
            [Member] public partial Accurate B { get; }
            [Member] public partial UndefendedClassifier C { get; }
        }
        """,
        "`Alone` lacks a defense of its own; nothing here separates features, removes non-robust features or detects",
        "`A`, `B` and `C` all lack a defense of their own; "
        + "nothing here separates features, removes non-robust features or detects");

    [Fact]
    public void Counts_both_categories_of_a_member() => Accepts(
        """
        [Defense(Category.FeatureSeparation, Category.NonRobustFeatures), Claims<IntraClassCompactness>]
        public class Combined : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Combined A { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class F
        {
            [Member] public partial Combined A { get; }
            [Member] public partial Compact B { get; }
        }
        """);

    [Fact]
    public void A_category_named_twice_or_beside_none_is_one() => Reports(
        """
        [Defense(Category.FeatureSeparation, Category.FeatureSeparation), Claims<IntraClassCompactness>]
        public class Twice : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Defense(Category.Undefended, Category.FeatureSeparation), Claims<IntraClassCompactness>]
        public class Half : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Ensemble<MeanLogit>]
        public partial class [|OneSided|]
        {
            [Member] public partial Twice A { get; }
            [Member] public partial Half B { get; }
        }
        """,
        "`A` and `B` separate features; nothing here removes non-robust features or detects");

    [Fact]
    public void Does_not_guess_about_members_without_a_category() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Unmarked B { get; }
        }
        """);
}
