using Ensembles.Analyzers.Defenses;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Defenses;

public class ENS0102NoClaimsTests : RuleTests<ENS0102NoClaims>
{
    [Fact]
    public void Says_what_could_be_claimed() => Reports(
        """
        [Defense(Category.FeatureSeparation)]
        public class [|Silent|] : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Defense(Category.Detection)]
        public class [|Watching|] : Detector
        {
            public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
        }

        [Defense(Category.FeatureSeparation, Category.Detection)]
        public class [|Twofold|] : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """,
        "`Silent` claims no strength, so nothing about it can be measured; it could claim `IntraClassCompactness`, "
        + "`InterClassSeparation` or `CertifiedRadius`",
        "`Watching` claims no strength, so nothing about it can be measured; it could claim `AdversarialRejection` "
        + "or `TestTimeRandomness`",
        "`Twofold` claims no strength, so nothing about it can be measured; "
        + "it could claim `IntraClassCompactness`, `InterClassSeparation` or `AdversarialRejection`");

    [Fact]
    public void Accepts_claims_and_classes_that_are_no_defense() => Accepts(
        """
        [Defense(Category.FeatureSeparation)]
        [Claims<InterClassSeparation>]
        public class Apart : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        public class Undefended : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }

        [Defense(Category.Undefended)]
        public class Marked : Classifier { public override Tensor forward(Tensor images) => images.flatten(1); }
        """);
}
