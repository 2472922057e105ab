using Ensembles.Analyzers.Defenses;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Defenses;

public class ENS0104BatchNormalizationTests : RuleTests<ENS0104BatchNormalization>
{
    [Fact]
    public void Finds_it_in_the_fields_that_forward_uses() => Reports(
        """
        [Defense(Category.FeatureSeparation), Claims<IntraClassCompactness>]
        public class Apart : Classifier
        {
            readonly BatchNorm2d [|norm|];
            readonly Module<Tensor, Tensor> [|body|] = Sequential(Conv2d(1, 8, 3), BatchNorm2d(8), ReLU());
            readonly Module<Tensor, Tensor> [|late|];
            readonly Module<Tensor, Tensor> unused = BatchNorm1d(3);

            public Apart()
            {
                norm = BatchNorm2d(1);
                (late, _) = (nn.BatchNorm1d(8), 1);
                RegisterComponents();
            }

            public override Tensor forward(Tensor images) => late.call(Body(images));

            Tensor Body(Tensor images) => body.call(norm.call(images)).flatten(1);
        }
        """,
        "`Apart` separates features, and `norm` normalizes over the batch before them",
        "`Apart` separates features, and `body` normalizes over the batch before them",
        "`Apart` separates features, and `late` normalizes over the batch before them");

    [Fact]
    public void Finds_it_in_the_modules_of_the_project() => Reports(
        """
        public class Net : FeatureNetwork
        {
            readonly Block block = new();
            readonly Linear output = Linear(8, 10);

            public Net() => RegisterComponents();

            public override int FeatureCount => 8;
            public override int ClassCount => 10;
            public override Tensor features(Tensor images) => block.call(images);
            public override Tensor head(Tensor features) => output.call(features);

            class Block() : Module<Tensor, Tensor>("block")
            {
                readonly BatchNorm2d norm = BatchNorm2d(1);
                public override Tensor forward(Tensor images) => norm.call(images).flatten(1);
            }
        }

        [Defense(Category.FeatureSeparation), Claims<IntraClassCompactness>]
        public class Apart : Classifier
        {
            readonly Net [|net|] = new();

            public Apart() => RegisterComponents();

            public override Tensor forward(Tensor images) => net.call(images);
        }
        """,
        "`Apart` separates features, and `net` normalizes over the batch before them");

    /// <summary>Ways to put layers together; "N" stands for a layer.</summary>
    [Theory]
    [InlineData("body = Sequential(Conv2d(1, 8, 3), N);")]
    [InlineData("body = Sequential(new Block(8), ReLU());")]
    [InlineData("body = Sequential((\"first\", new Outer.Inner()), (\"second\", ReLU()));")]
    [InlineData("var layers = new List<Module<Tensor, Tensor>>(); layers.Add(N); body = Sequential(layers.ToArray());")]
    [InlineData(
        "var layers = new List<Module<Tensor, Tensor>> { Conv2d(1, 8, 3), N }; body = Sequential(layers.ToArray());")]
    [InlineData(
        "var layers = new List<Module<Tensor, Tensor>>(); foreach (var n in new[] { 1, 2 }) { "
        + "layers.Add(Conv2d(n, n, 3)); layers.Add(new Block(n)); } body = Sequential(layers.ToArray());")]
    [InlineData("var norm = N; body = Sequential(Conv2d(1, 8, 3), norm);")]
    [InlineData("var all = new Module<Tensor, Tensor>[2]; all[0] = ReLU(); all[1] = N; body = Sequential(all);")]
    [InlineData("body = Sequential(Layers(2).ToArray());")]
    [InlineData("body = Sequential([.. Layers(2)]);")]
    [InlineData("body = Sequential(this.Layers(2).ToArray());")]
    [InlineData("body = Blocks.Make();")]
    [InlineData("body = Sequential(Own()); static Module<Tensor, Tensor> Own() => N;")]
    public void Finds_it_however_layers_are_put_together(string setting) => Reports(
        Assembled("[|body|]", setting.Replace("N", "BatchNorm2d(8)", StringComparison.Ordinal)),
        "`Apart` separates features, and `body` normalizes over the batch before them");

    [Theory]
    [InlineData("body = Sequential(new Plain(8), ReLU());")]
    [InlineData(
        "var layers = new List<Module<Tensor, Tensor>>(); layers.Add(ReLU()); var others = new "
        + "List<Module<Tensor, Tensor>>(); others.Add(BatchNorm2d(8)); body = Sequential(layers.ToArray());")]
    [InlineData("body = Sequential(Quiet().ToArray());")]
    [InlineData("body = Sequential(ReLU()); var unused = Layers(2).ToList();")]
    public void Accepts_what_is_put_together_without_it(string setting) => Accepts(Assembled("body", setting));

    static string Assembled(string body, string setting) =>
        $$"""
        [Defense(Category.FeatureSeparation), Claims<IntraClassCompactness>]
        public class Apart : Classifier
        {
            readonly Module<Tensor, Tensor> {{body}};
            public Apart() { {{setting}} RegisterComponents(); }
            public override Tensor forward(Tensor images) => body.call(images).flatten(1);
            IEnumerable<Module<Tensor, Tensor>> Layers(int n)
            {
                yield return Conv2d(1, 8, 3);
                yield return BatchNorm2d(n);
            }
            IEnumerable<Module<Tensor, Tensor>> Quiet() { yield return Conv2d(1, 8, 3); yield return ReLU(); }
        }

        public static class Blocks { public static Module<Tensor, Tensor> Make() => Sequential(new Block(3)); }

        public class Plain(int width) : Module<Tensor, Tensor>("plain")
        {
            public override Tensor forward(Tensor x) => x * width;
        }

        public class Block : Module<Tensor, Tensor>
        {
            readonly BatchNorm2d norm;
            public Block(int width) : base("block") { norm = BatchNorm2d(width); RegisterComponents(); }
            public override Tensor forward(Tensor x) => norm.call(x);
        }

        public class Outer
        {
            public class Inner() : Module<Tensor, Tensor>("inner")
            {
                readonly Module<Tensor, Tensor> block = new Block(2);
                public override Tensor forward(Tensor x) => block.call(x);
            }
        }
        """;

    [Fact]
    public void Finds_it_where_feature_separation_is_one_of_two_categories() => Reports(
        """
        [Defense(Category.NonRobustFeatures, Category.FeatureSeparation), Claims<IntraClassCompactness>]
        public class Both : Classifier
        {
            readonly BatchNorm2d [|norm|] = BatchNorm2d(1);
            public Both() => RegisterComponents();
            public override Tensor forward(Tensor images) => norm.call(images).flatten(1);
        }
        """,
        "`Both` separates features, and `norm` normalizes over the batch before them");

    [Fact]
    public void Accepts_normalization_behind_the_features_and_in_other_categories() => Accepts(
        """
        [Defense(Category.FeatureSeparation), Claims<IntraClassCompactness>]
        public class Apart : Classifier, IFeatureExtractor
        {
            readonly Conv2d body = Conv2d(1, 8, 3);
            readonly Module<Tensor, Tensor> head = Sequential(BatchNorm1d(8), Linear(8, 10));
            readonly FeatureNetwork network;

            public Apart(INetworkFactory networks)
            {
                network = networks.Create();
                RegisterComponents();
            }

            public Tensor features(Tensor images) => network.features(body.call(images));
            public override Tensor forward(Tensor images) => head.call(features(images));
        }

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public class Removing : Classifier
        {
            readonly BatchNorm2d norm = BatchNorm2d(1);
            public Removing() => RegisterComponents();
            public override Tensor forward(Tensor images) => norm.call(images).flatten(1);
        }
        """);
}
