using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0008NotADefenseTests : FixTests<ENS0008NotADefense, ENS0008NotADefenseFix>
{
    [Fact]
    public void Names_the_type() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial [|Plain|] Gate { get; }
            [Member] public partial [|Unmarked|] A { get; }
            [Member] public partial [|string|] B { get; }
            [Member] public partial [|Blurred[]|] C { get; }
        }

        public class Plain : Detector { public override Tensor forward(Tensor images) => images.mean([1, 2, 3]); }
        """,
        "`Gate` is of type `Plain`, which is not marked [Defense]",
        "`A` is of type `Unmarked`, which is not marked [Defense]",
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
            [Member] public partial UndefendedClassifier C { get; }
            public Unmarked? Twin { get; set; }
        }
        """);

    const string Ensemble = """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Plain A { get; }
            [Member] public partial Plain B { get; }
            [Member] public partial Other C { get; }
        }


        """;

    [Fact]
    public void Marks_a_class() => Fixes(
        Ensemble + """
        [Defense(Category.Certification), Claims<CertifiedRadius>]
        public class Other : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        /// <summary>Plain.</summary>
        public class Plain : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """,
        offer: 1,
        Ensemble + """
        [Defense(Category.Certification), Claims<CertifiedRadius>]
        public class Other : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        /// <summary>Plain.</summary>
        [Defense(Category.FeatureSeparation)]
        public class Plain : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """);

    [Fact]
    public void Picks_no_category_for_all_at_once() => OffersNothingEverywhere(
        Ensemble + """
        public class Plain : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Claims<NonRobustFeatureRemoval>]
        public class Other : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """);

    [Fact]
    public void Marks_a_detector_as_what_it_is() => Fixes(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial Seeing Gate { get; }
            [Member] public partial Blurred A { get; }
        }

        public class Seeing : Detector { public override Tensor forward(Tensor images) => images.mean([1, 2, 3]); }
        """,
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial Seeing Gate { get; }
            [Member] public partial Blurred A { get; }
        }

        [Defense(Category.Detection)]
        public class Seeing : Detector { public override Tensor forward(Tensor images) => images.mean([1, 2, 3]); }
        """);

    [Fact]
    public void Marks_all_detectors_at_once() => FixesAll(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial Seeing First { get; }
            [Gate] public partial Looking Second { get; }
            [Member] public partial Blurred A { get; }
        }

        public class Seeing : Detector { public override Tensor forward(Tensor images) => images.mean([1, 2, 3]); }
        public class Looking : Detector { public override Tensor forward(Tensor images) => images.mean([1, 2, 3]); }
        """,
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Gate] public partial Seeing First { get; }
            [Gate] public partial Looking Second { get; }
            [Member] public partial Blurred A { get; }
        }

        [Defense(Category.Detection)]
        public class Seeing : Detector { public override Tensor forward(Tensor images) => images.mean([1, 2, 3]); }
        [Defense(Category.Detection)]
        public class Looking : Detector { public override Tensor forward(Tensor images) => images.mean([1, 2, 3]); }
        """);

    [Fact]
    public void An_ensemble_is_judged_where_it_is_declared() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Outer
        {
            [Member] public partial Inner A { get; }
            [Member] public partial Blurred B { get; }
        }

        [Ensemble<MeanLogit>]
        public partial class Inner { [Member] public partial [|Unmarked|] A { get; } }
        """,
        "`A` is of type `Unmarked`, which is not marked [Defense]");

    [Fact]
    public void Says_that_the_components_of_some_ensemble_are_not_known() => Reports(
        """
        [Ensemble<MeanLogit>]
        public partial class Outer
        {
            [Member] public partial [|Ensemble|] A { get; }
            [Member] public partial Blurred B { get; }
        }
        """,
        "`A` is of type `Ensemble`, which is an ensemble whose class has no [Ensemble<...>] itself, so that its "
        + "components are not known: name a class that has");

    [Fact]
    public void Offers_nothing_for_what_is_not_yours_or_has_no_role() => OffersNothing(
        """
        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Classifier A { get; }
            [Member] public partial Roleless B { get; }
            [Member] public partial string C { get; }
        }

        public class Roleless;
        """);
}
