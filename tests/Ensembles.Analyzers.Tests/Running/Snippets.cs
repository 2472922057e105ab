namespace Ensembles.Analyzers.Tests.Running;

/// <summary>What every snippet may use.</summary>
static class Snippets
{
    public const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using Ensembles;
        using Ensembles.Defenses;
        using Ensembles.Xunit;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        """;

    /// <summary>One small defense of each category, and a classifier that is not marked as one.</summary>
    public const string Zoo = Usings + """

        [Defense(Category.NonRobustFeatures), Claims<NonRobustFeatureRemoval>]
        public partial class Blurred : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1);
        }

        [Defense(Category.NonRobustFeatures), Claims<WorstCaseMarginalization>]
        public partial class Trained : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1);
        }

        [Defense(Category.FeatureSeparation), Claims<IntraClassCompactness>]
        public partial class Compact : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1);
        }

        [Defense(Category.GradientMasking), Claims<TestTimeRandomness>]
        public partial class Masked : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1);
        }

        [Defense(Category.Certification), Claims<CertifiedRadius>]
        public partial class Proven : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1);
        }

        [Defense(Category.Detection), Claims<AdversarialRejection>]
        public partial class Watchful : Detector
        {
            public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
        }

        [Defense(Category.Detection), Claims<AdversarialRejection>]
        public partial class Choosy : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1);
        }

        [Defense(Category.Undefended)]
        public partial class Accurate : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1);
        }

        [Compiled]
        public partial class Unmarked : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1);
        }
        """;
}
