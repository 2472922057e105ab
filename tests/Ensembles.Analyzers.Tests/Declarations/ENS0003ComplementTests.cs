using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0003ComplementTests : FixTests<ENS0003Complement, ENS0003ComplementFix>
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

    [Fact]
    public void The_fix_adds_a_member_that_the_rule_names_and_imports_its_namespace()
    {
        using var run = new FixRun(new ENS0003Complement(), new ENS0003ComplementFix(),
        [
            """
            using Ensembles;
            using static TorchSharp.torch;

            namespace Mine;

            /// <summary>An ensemble.</summary>
            [Ensemble<MeanLogit>]
            public partial class OneSided
            {
                /// <summary>A member.</summary>
                [Member] public partial Blurred CenterLoss { get; }

                Tensor? kept;
            }

            [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
            public class Blurred : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
            """,
        ]);
        var offered = run.Offered(run.Diagnostics[0]);
        Assert.Equal(4, offered.Count);

        run.Apply(offered.Single(action => action.Title == "Add a member CenterLossClassifier"));

        Assert.Equal(
            """
            using Ensembles;
            using Ensembles.Defenses;
            using static TorchSharp.torch;

            namespace Mine;

            /// <summary>An ensemble.</summary>
            [Ensemble<MeanLogit>]
            public partial class OneSided
            {
                /// <summary>A member.</summary>
                [Member] public partial Blurred CenterLoss { get; }
                [Member] public partial CenterLossClassifier CenterLoss2 { get; }

                Tensor? kept;
            }

            [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
            public class Blurred : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
            """,
            run.Sources[0]);
        Assert.Equal([], run.CompilerErrors);
        Assert.Empty(run.Diagnostics);
    }

    [Fact]
    public void The_fix_adds_what_only_the_project_sees_for_the_project_alone() => Fixes(
        """
        [Ensemble<MeanLogit>]
        public partial class OneSided
        {
            [Member] public partial Blurred A { get; }
        }

        [Defense(Category.FeatureSeparation), Claims<IntraClassCompactness>]
        class AClassifier : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """,
        """
        [Ensemble<MeanLogit>]
        public partial class OneSided
        {
            [Member] public partial Blurred A { get; }
            [Member] internal partial AClassifier A2 { get; }
        }

        [Defense(Category.FeatureSeparation), Claims<IntraClassCompactness>]
        class AClassifier : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """);

    [Fact]
    public void Each_missing_category_has_fixes_of_its_own()
    {
        using var run = new FixRun(new ENS0003Complement(), new ENS0003ComplementFix(),
        [
            Snippets.Usings
                + "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Masked A { get; } }",
            Snippets.Zoo,
        ]);

        Assert.Equal(2, run.Diagnostics.Length);
        Assert.Empty(run.Offered(run.Diagnostics[0]).Select(action => action.Title)
            .Intersect(run.Offered(run.Diagnostics[1]).Select(action => action.Title)));
    }

    [Fact]
    public void What_to_add_is_decided_one_at_a_time() => OffersNothingEverywhere(
        """
        [Ensemble<MeanLogit>]
        public partial class OneSided
        {
            [Member] public partial Blurred A { get; }
        }
        """);

    [Fact]
    public void A_rule_for_so_many_members_takes_no_more() => OffersNothing(
        """
        [Ensemble<MixedNuts>]
        public partial class Two
        {
            [Member] public partial Blurred A { get; }
            [Member] public partial Trained B { get; }
        }
        """);
}
