using Ensembles.Analyzers.Defenses;
using Ensembles.Analyzers.Reading;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Defenses;

public class ENS0103ForeignStrengthTests : RuleTests<ENS0103ForeignStrength>
{
    [Fact]
    public void Names_what_the_strength_belongs_to() => Reports(
        """
        [Defense(Category.NonRobustFeatures)]
        [Claims<NonRobustFeatureRemoval>]
        [[|Claims<IntraClassCompactness>|]]
        [[|Claims<AdversarialRejection>|]]
        public class Confused : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Defense(Category.Detection)]
        [[|Claims<ManifoldProjection>|]]
        public class Watching : Detector { public override Tensor forward(Tensor images) => images.mean([1, 2, 3]); }
        """,
        "`Confused` removes non-robust features, and `IntraClassCompactness` is a strength of defenses that separate "
        + "features",
        "`Confused` removes non-robust features, and `AdversarialRejection` is a strength of defenses that detect",
        "`Watching` detects, and `ManifoldProjection` is a strength of defenses that remove non-robust features or "
        + "mask gradients");

    [Fact]
    public void Asks_both_categories_of_a_defense() => Reports(
        """
        [Defense(Category.FeatureSeparation, Category.GradientMasking)]
        [Claims<IntraClassCompactness>]
        [Claims<TestTimeRandomness>]
        [[|Claims<AdversarialRejection>|]]
        public class Confused : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """,
        "`Confused` separates features and masks gradients, and `AdversarialRejection` is a strength of defenses "
        + "that detect");

    [Fact]
    public void A_network_without_a_defense_of_its_own_has_no_strength() => Reports(
        """
        public class Calm : IStrength
        {
            public static string Name => "calm";
            public static IReadOnlyList<Category> Categories => Enum.GetValues<Category>();
            public static ClaimMeasurement Measure(
                Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
                new("", 0, 0, true);
        }

        [Defense(Category.Undefended)]
        [[|Claims<IntraClassCompactness>|]]
        [[|Claims<Calm>|]]
        public class Boasting : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """,
        "`Boasting` lacks a defense of its own, and `IntraClassCompactness` is a strength of defenses that separate "
        + "features",
        "`Boasting` lacks a defense of its own, and `Calm` is a strength of defenses");

    [Fact]
    public void Reads_the_strengths_of_the_project_itself() => Reports(
        """
        public class Calm : IStrength
        {
            public static string Name => "calm";
            public static IReadOnlyList<Category> Categories { get; } =
                new[] { Category.Certification, Category.FeatureSeparation };
            public static ClaimMeasurement Measure(
                Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
                new("", 0, 0, true);
        }

        [Defense(Category.GradientMasking), [|Claims<Calm>|]]
        public class Masking : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Defense(Category.FeatureSeparation), Claims<Calm>]
        public class Separating : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """,
        "`Masking` masks gradients, and `Calm` is a strength of defenses that certify or separate features");

    [Fact]
    public void Does_not_guess_what_a_strength_computes() => Accepts(
        """
        public class Calm : IStrength
        {
            public static string Name => "calm";
            public static IReadOnlyList<Category> Categories => Enum.GetValues<Category>();
            public static ClaimMeasurement Measure(
                Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
                new("", 0, 0, true);
        }

        public class Mixed : IStrength
        {
            const Category Chosen = Category.Detection;
            public static string Name => "mixed";
            public static IReadOnlyList<Category> Categories => [Category.FeatureSeparation, Chosen];
            public static ClaimMeasurement Measure(
                Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
                new("", 0, 0, true);
        }

        [Defense(Category.GradientMasking), Claims<Calm>, Claims<Mixed>]
        public class Masking : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """);

    [Fact]
    public void The_list_of_shipped_strengths_is_the_librarys() => Assert.Equal(
        new[] { typeof(IStrength), typeof(WorstCaseMarginalization) }
            .SelectMany(type => type.Assembly.GetExportedTypes())
            .Where(type => type.IsClass && typeof(IStrength).IsAssignableFrom(type))
            .Select(type => Line(type.Name, CategoriesOf(type)))
            .Order(),
        Strengths.Shipped.Select(strength => Line(strength.Name, strength.Categories)).Order());

    static IEnumerable<Ensembles.Category> CategoriesOf(Type strength) =>
        (IEnumerable<Ensembles.Category>)strength.GetProperty("Categories")!.GetValue(null)!;

    static string Line<T>(string strength, IEnumerable<T> categories) =>
        $"{strength}: {string.Join(", ", categories.Select(category => $"{category}").Order())}";
}
