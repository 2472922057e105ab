namespace Ensembles.Generators.Tests.Running;

/// <summary>
/// Sources to run the generator on, documented in full, so that a missing comment is the emitted code's.
/// </summary>
static class Sources
{
    /// <summary>The defenses that the declarations stand on.</summary>
    public const string Defenses = """
        using System.Collections.Generic;
        using Ensembles;
        using Ensembles.Training;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Zoo
        {
            /// <summary>A plain classifier.</summary>
            [Defense(Category.NonRobustFeatures)]
            [Claims<Blur>]
            [Claims<Calm>]
            public class Edges : Classifier
            {
                /// <inheritdoc/>
                public override Tensor forward(Tensor images) => images.flatten(1);
            }

            /// <summary>A random classifier.</summary>
            [Defense(Category.GradientMasking, Category.NonRobustFeatures)]
            public sealed class Pruned : Classifier, IRandomized, ITrainable
            {
                /// <inheritdoc/>
                public int EotSamples => 20;

                /// <inheritdoc/>
                public void Train(ILabeledImages training, TrainingOptions options)
                {
                }

                /// <inheritdoc/>
                public override Tensor forward(Tensor images) => images.flatten(1);
            }

            /// <summary>A detector without a category.</summary>
            public sealed class Uncertainty : Detector, ITrainable
            {
                /// <inheritdoc/>
                public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);

                void ITrainable.Train(ILabeledImages training, TrainingOptions options)
                {
                }
            }

            /// <summary>A strength.</summary>
            public sealed class Blur : IStrength
            {
                /// <inheritdoc/>
                public static string Name => "blur";

                /// <inheritdoc/>
                public static IReadOnlyList<Category> Categories => [Category.NonRobustFeatures];

                /// <inheritdoc/>
                public static ClaimMeasurement Measure(
                    Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
                    new("nothing", 0, 0, true);
            }

            /// <summary>Another strength.</summary>
            public sealed class Calm : IStrength
            {
                /// <inheritdoc/>
                public static string Name => "calm";

                /// <inheritdoc/>
                public static IReadOnlyList<Category> Categories => [Category.NonRobustFeatures];

                /// <inheritdoc/>
                public static ClaimMeasurement Measure(
                    Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
                    new("nothing", 0, 0, true);
            }
        }
        """;

    /// <summary>A gate and three members, two of one type.</summary>
    public const string Quartet = """
        using Ensembles;
        using Zoo;

        namespace Demo;

        /// <summary>An ensemble.</summary>
        [Ensemble<Quorum>(Quorum = 3)]
        public partial class Quartet
        {
            /// <summary>The gate.</summary>
            [Gate(FalsePositiveRate = 0.01)] public partial Uncertainty Doubt { get; }

            /// <summary>A member.</summary>
            [Member(Weight = 2)] public partial Edges Fine { get; }

            /// <summary>A member.</summary>
            [Member] public partial Edges Coarse { get; }

            /// <summary>A random member.</summary>
            [Member(Weight = 0.5)] public partial Pruned Pruned { get; }
        }
        """;

    /// <summary>An ensemble with the quartet among its members, and a suite of it.</summary>
    public const string Nest = """
        using Demo;
        using Ensembles;
        using Ensembles.Xunit;
        using Zoo;

        namespace Nested;

        /// <summary>An ensemble.</summary>
        [Ensemble<MeanProbability>]
        public partial class Nest
        {
            /// <summary>A member.</summary>
            [Member] public partial Pruned Beside { get; }

            /// <summary>An ensemble.</summary>
            [Member(Weight = 2)] public partial Quartet Inner { get; }
        }

        /// <summary>A suite.</summary>
        [AblationSuite<Nest>]
        [MayAddNothing("Inner.Coarse", "It is a copy of Inner.Fine.")]
        public partial class NestAblation
        {
            /// <inheritdoc/>
            protected override AblationSetup<Nest> Setup() => throw new System.NotImplementedException();
        }
        """;

    /// <summary>An ensemble that derives from the quartet, and a suite of it.</summary>
    public const string Wider = """
        using Demo;
        using Ensembles;
        using Ensembles.Xunit;
        using Zoo;

        namespace Derived;

        /// <summary>An ensemble.</summary>
        [Ensemble<MeanProbability>]
        public partial class Wider : Quartet
        {
            /// <summary>A member.</summary>
            [Member(Weight = 3)] public partial Edges Extra { get; }
        }

        /// <summary>A suite.</summary>
        [AblationSuite<Wider>]
        public partial class WiderAblation
        {
            /// <inheritdoc/>
            protected override AblationSetup<Wider> Setup() => throw new System.NotImplementedException();
        }
        """;

    /// <summary>A suite of the quartet.</summary>
    public const string QuartetSuite = """
        using Ensembles.Xunit;

        namespace Demo.Tests;

        /// <summary>A suite.</summary>
        [AblationSuite<Quartet>]
        [MayAddNothing(nameof(Quartet.Coarse), "It is a copy of Fine.")]
        [MayNotShow<Zoo.Calm>(nameof(Quartet.Coarse), "It is never calm.")]
        public partial class QuartetAblation
        {
            /// <inheritdoc/>
            protected override AblationSetup<Quartet> Setup() => throw new System.NotImplementedException();
        }
        """;
}
