using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0009MemberOrGateTests : FixTests<ENS0009MemberOrGate, ENS0009MemberOrGateFix>
{
    [Fact]
    public void Names_the_property_and_its_class() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
            [[|Member|]] public partial Watchful B { get; }
            [[|Gate(FalsePositiveRate = 0.1)|]] public partial Compact C { get; }
        }
        """,
        "`B` is marked [Member], but `Watchful` is a detector, which cannot vote",
        "`C` is marked [Gate], but `Compact` is a classifier, which cannot reject");

    [Fact]
    public void Finds_ensembles_that_are_part_of_themselves() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Narcissus
        {
            [[|Member|]] public partial Narcissus Mirror { get; }
            [Member] public partial Blurred Edges { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Outer
        {
            [[|Member|]] public partial Inner A { get; }
            [[|Member|]] public partial Narcissus B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Inner
        {
            [[|Member|]] public partial Outer A { get; }
            [Member] public partial Blurred B { get; }
        }
        """,
        "`Mirror` is marked [Member], but `Narcissus` is the ensemble itself, and none can be part of itself",
        "`A` is marked [Member], but `Inner` has `Outer` among its members in turn, and no ensemble can be part of "
        + "itself",
        "`B` is marked [Member], but `Narcissus` is part of itself by way of its members",
        "`A` is marked [Member], but `Outer` has `Inner` among its members in turn, and no ensemble can be part of "
        + "itself");

    [Fact]
    public void Rules_that_are_fitted_are_for_classifiers() => Reports(
        """
        [Ensemble<StackedMean>]
        public partial class Stacked
        {
            [[|Member|]] public partial Inner A { get; }
            [Member] public partial Blurred B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Outer { [[|Member|]] public partial Fitted A { get; } }

        [Ensemble<StackedMean>]
        public partial class Fitted { [Member] public partial Blurred A { get; } }

        [Ensemble<MeanLogit>]
        public partial class Inner { [Member] public partial Blurred A { get; } }
        """,
        "`A` is marked [Member], but `Inner` is an ensemble, which may abstain, and the numbers of `StackedMean` are "
        + "fitted to all members: take a rule that is not fitted",
        "`A` is marked [Member], but the rule of `Fitted` has numbers that are fitted to what it sees alone: an "
        + "ensemble inside another takes a rule that is not fitted");

    [Fact]
    public void An_ensemble_is_a_member_only() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Outer
        {
            [[|Gate|]] public partial Inner A { get; }
            [Member] public partial Inner B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Inner { [Member] public partial Blurred A { get; } }
        """,
        "`A` is marked [Gate], but `Inner` is an ensemble, which can be a member only");

    [Fact]
    public void Finds_transforms_that_are_no_fronts_and_fronts_that_are_no_transforms() => Reports(
        """
        [Defense(Category.NonRobustFeatures)]
        public class Transform : InputTransform { public override Tensor forward(Tensor images) => images.round(); }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [[|Member|]] public partial Transform A { get; }
            [[|Gate|]] public partial Transform B { get; }
            [[|Front|]] public partial Watchful C { get; }
            [[|Front|]] public partial Compact D { get; }
            [Member, [|Front|]] public partial Transform Both { get; }
        }
        """,
        "`A` is marked [Member], but `Transform` is an input transform, which cannot vote",
        "`B` is marked [Gate], but `Transform` is an input transform, which cannot reject",
        "`C` is marked [Front], but `Watchful` is a detector, which gives no images",
        "`D` is marked [Front], but `Compact` is a classifier, which gives no images",
        "`Both` is marked [Member] and [Front], but a component has one role");

    [Fact]
    public void Finds_defenses_that_are_nothing_of_the_kind() => Reports(
        """
        [Defense(Category.NonRobustFeatures)]
        public class Odd : Module<Tensor, Tensor>
        {
            public Odd() : base("") { }
            public override Tensor forward(Tensor images) => images;
        }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [[|Member|]] public partial Odd A { get; }
            [[|Gate|]] public partial Odd B { get; }
            [[|Front|]] public partial Odd C { get; }
        }
        """,
        "`A` is marked [Member], but `Odd` is not a classifier",
        "`B` is marked [Gate], but `Odd` is not a detector",
        "`C` is marked [Front], but `Odd` is not an input transform");

    [Fact]
    public void Finds_components_that_are_both() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member, [|Gate|]] public partial Blurred A { get; }
        }
        """,
        "`A` is marked [Member] and [Gate], but a component either votes or rejects");

    [Fact]
    public void Accepts_classifiers_that_vote_and_detectors_that_reject() => Accepts(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial BayesianUncertaintyDetector Doubt { get; }
            [Member] public partial EdgeClassifier Edges { get; }
            [Member] public partial Choosy Detecting { get; }
            [Front] public partial Round Round { get; }
        }

        [Defense(Category.NonRobustFeatures)]
        public class Round : InputTransform { public override Tensor forward(Tensor images) => images.round(); }
        """);

    [Fact]
    public void Leaves_what_is_no_defense_to_its_own_rule() => Assert.Empty(AnalyzerRun.On(
        [Snippets.Usings
            + "[Ensemble<MeanLogit>] public partial class E { [Member] public partial string A { get; } [Member] "
            + "public partial int[] B { get; } [Gate] public partial Missing C { get; } }"],
        new ENS0009MemberOrGate()).Diagnostics);

    [Fact]
    public void Swaps_the_attributes() => Fixes(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
            // Rejects.
            [Member(Weight = 2)] public partial Watchful B { get; }
        }
        """,
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
            // Rejects.
            [Gate] public partial Watchful B { get; }
        }
        """);

    [Fact]
    public void Swaps_everywhere_at_once() => FixesAll(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial Blurred A { get; }
            [Obsolete, Member] public partial Watchful B { get; }
            [MemberAttribute] public partial Watchful C { get; }
        }
        """,
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
            [Obsolete, Gate] public partial Watchful B { get; }
            [Gate] public partial Watchful C { get; }
        }
        """);

    [Fact]
    public void Puts_a_transform_in_front_of_all() => Fixes(
        """
        [Defense(Category.NonRobustFeatures)]
        public class Transform : InputTransform { public override Tensor forward(Tensor images) => images.round(); }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Transform A { get; }
            [Member] public partial Blurred B { get; }
        }
        """,
        """
        [Defense(Category.NonRobustFeatures)]
        public class Transform : InputTransform { public override Tensor forward(Tensor images) => images.round(); }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Front] public partial Transform A { get; }
            [Member] public partial Blurred B { get; }
        }
        """);

    [Fact]
    public void Offers_nothing_where_another_attribute_would_not_help() => OffersNothing(
        """
        [Defense(Category.NonRobustFeatures)]
        public class Odd : Module<Tensor, Tensor>
        {
            public Odd() : base("") { }
            public override Tensor forward(Tensor images) => images;
        }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Odd A { get; }
            [Member, Gate] public partial Blurred B { get; }
        }
        """);
}
