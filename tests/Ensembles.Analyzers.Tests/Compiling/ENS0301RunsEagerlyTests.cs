using Ensembles.Analyzers.Compiling;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Compiling;

/// <summary>Its words, and what it leaves open. <see cref="AgreementTests"/> holds it to what plans do.</summary>
public class ENS0301RunsEagerlyTests : RuleTests<ENS0301RunsEagerly>
{
    [Fact]
    public void Names_what_draws_random_numbers() => Reports(
        """
        public class Noise() : Module<Tensor, Tensor>("noise"), IRandomized
        {
            public int EotSamples => 2;
            public override Tensor forward(Tensor input) => input + randn_like(input);
        }

        public class Noisy : Classifier
        {
            readonly Noise noise = new();
            public override Tensor forward(Tensor images) => noise.call(images).flatten(1);
        }

        [Ensemble<MeanLogit>]
        public partial class Pair
        {
            [Gate] public partial BayesianUncertaintyDetector [|Uncertain|] { get; }
            [Member] public partial Noisy [|A|] { get; }
            [Member] public partial Compact B { get; }
        }
        """,
        "`Uncertain` cannot be compiled and runs eagerly: `BayesianUncertaintyDetector` draws random numbers",
        "`A` cannot be compiled and runs eagerly: `Noise` draws random numbers");

    [Fact]
    public void Names_the_field_that_cannot_be_copied() => Reports(
        """
        public class Statistics(Tensor mean)
        {
            public Tensor Mean => mean;
        }

        public class Centered : Classifier
        {
            readonly Statistics statistics;
            public Centered() => statistics = new(zeros(1));
            public override Tensor forward(Tensor images) => (images - statistics.Mean).flatten(1);
        }

        public class Outer(Func<Tensor, Tensor> function) : Classifier
        {
            public override Tensor forward(Tensor images) => function(images);
        }

        [Ensemble<MeanLogit>]
        public partial class Pair
        {
            [Member] public partial Centered [|A|] { get; }
            [Member] public partial Outer [|B|] { get; }
        }
        """,
        "`A` cannot be compiled and runs eagerly: the field `statistics` of `Centered` holds a `Statistics`, which "
        + "cannot be copied",
        "`B` cannot be compiled and runs eagerly: the field `function` of `Outer` holds a `Func`, which cannot be "
        + "copied");

    [Fact]
    public void Names_hooks_and_layers_of_native_code() => Reports(
        """
        public class Hooked : Classifier
        {
            readonly FeatureNetwork network;

            public Hooked(INetworkFactory networks)
            {
                var made = networks.Create();
                var activations = made.modules().OfType<ReLU>().ToArray();
                foreach (var activation in activations)
                    activation.register_forward_hook((_, _, output) => output * 2);
                network = made;
                RegisterComponents();
            }

            public override Tensor forward(Tensor images) => network.call(images);
        }

        public class Sequence : Classifier
        {
            readonly LSTM lstm = LSTM(28, 10);
            public override Tensor forward(Tensor images) => lstm.call(images.squeeze(1)).Item1.select(1, -1);
        }

        [Ensemble<MeanLogit>]
        public partial class Pair
        {
            [Member] public partial Hooked [|A|] { get; }
            [Member] public partial Sequence [|B|] { get; }
        }
        """,
        "`A` cannot be compiled and runs eagerly: `Hooked` registers forward hooks",
        "`B` cannot be compiled and runs eagerly: `LSTM` may keep its weights outside of .NET");

    [Fact]
    public void Accepts_what_may_turn_out_well() => Accepts(
        """
        public abstract class Network : Module<Tensor, Tensor>
        {
            readonly Func<int> count = () => 10;
            protected Network() : base("network") { }
        }

        public class Layers : Classifier, ILayered
        {
            readonly Network network;
            readonly Module<Tensor, Tensor>[] layers;
            public Layers(Network network) => (this.network, layers) = (network, [network]);
            IReadOnlyList<Module<Tensor, Tensor>> ILayered.Layers => [network];
            public override Tensor forward(Tensor images) => network.call(images);
        }

        public class Sometimes : Classifier
        {
            readonly Func<Tensor, Tensor> run;
            readonly Module<Tensor, Tensor> network;
            readonly IDisposable owner;
            readonly object anything = new();
            readonly HashSet<Func<int>> counts = [];
            readonly Func<int>[] more = [];

            public Sometimes(Module<Tensor, Tensor> network, IDisposable owner, bool deep)
            {
                (this.network, this.owner) = (network, owner);
                if (deep)
                    run = x => x;
                else
                    run = null!;
            }

            public override Tensor forward(Tensor images) => network.call(images);
        }

        public class Recursive : Classifier
        {
            readonly Recursive inner;
            public Recursive(Recursive inner) => this.inner = inner;
            public override Tensor forward(Tensor images) => inner.call(images);
        }

        [Ensemble<MeanLogit>]
        public partial class Three
        {
            [Member] public partial Layers A { get; }
            [Member] public partial Sometimes B { get; }
            [Member] public partial Recursive C { get; }
        }
        """);
}
