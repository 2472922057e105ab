using Ensembles.Analyzers.Defenses;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Defenses;

public class ENS0101NoRoleTests : FixTests<ENS0101NoRole, ENS0101NoRoleFix>
{
    [Fact]
    public void Finds_classes_and_modules_without_a_role() => Reports(
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class [|Alone|];

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public sealed class [|Plain|]() : Module<Tensor, Tensor>("plain")
        {
            public override Tensor forward(Tensor images) => images.flatten(1);
        }
        """,
        "`Alone` is marked [Defense], but it is neither a Classifier nor a Detector nor an InputTransform",
        "`Plain` is marked [Defense], but it is neither a Classifier nor a Detector nor an InputTransform");

    [Fact]
    public void Accepts_every_role_also_at_a_distance() => Accepts(
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Transform : InputTransform { public override Tensor forward(Tensor images) => images.round(); }

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Distant : Blurred;

        public class NoDefense;
        """);

    [Fact]
    public void Leaves_a_base_class_that_does_not_exist_to_the_compiler() => Assert.Empty(
        AnalyzerRun.On(
            [Snippets.Usings + "[Defense(Category.Detection)] public class A : Detektor;"],
            new ENS0101NoRole()).Diagnostics);

    [Fact]
    public void Derives_from_a_role_instead_of_a_module() => Fixes(
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public sealed class Plain() : Module<Tensor, Tensor>("plain"), IRandomized
        {
            public int EotSamples => 1;
            public override Tensor forward(Tensor images) => images.flatten(1);
        }
        """,
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public sealed class Plain() : Classifier("plain"), IRandomized
        {
            public int EotSamples => 1;
            public override Tensor forward(Tensor images) => images.flatten(1);
        }
        """);

    [Fact]
    public void Offers_the_role_of_the_category_first() => Fixes(
        """
        [Defense(Category.Detection), Claims<AdversarialRejection>]
        public class Watching
        {
            public Tensor forward(Tensor images) => images.mean([1, 2, 3]);
        }
        """,
        """
        [Defense(Category.Detection), Claims<AdversarialRejection>]
        public class Watching : Detector
        {
            public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
        }
        """);

    [Fact]
    public void Offers_a_transform_too() => Fixes(
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Rounding : IDisposable
        {
            public Tensor forward(Tensor images) => images.round();
            public void Dispose() { }
        }
        """,
        offer: 1,
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Rounding : InputTransform, IDisposable
        {
            public override Tensor forward(Tensor images) => images.round();
            public void Dispose() { }
        }
        """);

    [Fact]
    public void Fixes_everywhere_at_once() => FixesAll(
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class A
        {
            public Tensor forward(Tensor images) => images.flatten(1);

            [Defense(Category.GradientMasking), Claims<TestTimeRandomness>]
            public class B
            {
                public Tensor forward(Tensor images) => images.flatten(1);
            }
        }
        """,
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class A : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1);

            [Defense(Category.GradientMasking), Claims<TestTimeRandomness>]
            public class B : Classifier
            {
                public override Tensor forward(Tensor images) => images.flatten(1);
            }
        }
        """);

    [Fact]
    public void Offers_nothing_where_the_result_would_not_compile() => OffersNothing(
        """
        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Empty;

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Derived : List<int>
        {
            public Tensor forward(Tensor images) => images;
        }

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Other
        {
            public Tensor forward(Tensor images, int level) => images;
        }
        """);
}
