using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>The surrogate that the fix writes.</summary>
public class ENS0201FixTests : FixTests<ENS0201NoGradient, ENS0201NoGradientFix>
{
    [Fact]
    public void Passes_the_gradient_straight_through_by_leaving_the_steps_out() => FixesAll(
        """
        public sealed class ThreeBits : InputTransform
        {
            readonly double levels = 7;

            /// <inheritdoc/>
            public override Tensor forward(Tensor images) => (images * levels).round().floor() / levels;
        }

        public sealed class Rounded(INetworkFactory networks) : Classifier("rounded")
        {
            readonly FeatureNetwork network = networks.Create();

            public override Tensor forward(Tensor images)
            {
                using var seen = images.round();
                return network.call(seen);
            }
        }
        """,
        """
        public sealed class ThreeBits : InputTransform, INonDifferentiable
        {
            readonly double levels = 7;

            /// <inheritdoc/>
            public override Tensor forward(Tensor images) => (images * levels).round().floor() / levels;

            public Tensor surrogate(Tensor images) => (images * levels) / levels;
        }

        public sealed class Rounded(INetworkFactory networks) : Classifier("rounded"), INonDifferentiable
        {
            readonly FeatureNetwork network = networks.Create();

            public override Tensor forward(Tensor images)
            {
                using var seen = images.round();
                return network.call(seen);
            }

            public Tensor surrogate(Tensor images)
            {
                using var seen = images.alias();
                return network.call(seen);
            }
        }
        """);

    [Fact]
    public void Takes_a_transform_for_the_identity_where_more_than_steps_ends_the_gradient() => Fixes(
        """
        public sealed class Bytes : InputTransform
        {
            public override Tensor forward(Tensor images) =>
                images.mul(255).to_type(ScalarType.Byte).to_type(ScalarType.Float32).div(255);
        }
        """,
        """
        public sealed class Bytes : InputTransform, INonDifferentiable
        {
            public override Tensor forward(Tensor images) =>
                images.mul(255).to_type(ScalarType.Byte).to_type(ScalarType.Float32).div(255);

            public Tensor surrogate(Tensor images) => images.alias();
        }
        """);

    [Fact]
    public void Offers_nothing_where_no_stand_in_is_known() => OffersNothing(
        """
        public static class Levels
        {
            public static Tensor Round(Tensor x) => x.round();
        }

        public sealed class Hard : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1).gt(0.5).to_type(ScalarType.Float32);
        }

        public sealed class Elsewhere : InputTransform
        {
            public override Tensor forward(Tensor images) => Levels.Round(images);
        }
        """);
}
