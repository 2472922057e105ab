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
