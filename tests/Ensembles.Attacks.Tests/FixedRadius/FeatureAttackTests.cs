using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>The feature-space attack against defenses that saturate what follows the features.</summary>
public class FeatureAttackTests
{
    /// <summary>
    /// Random features, and a head whose probabilities float32 has rounded to 0 and 1, as distillation's are.
    /// </summary>
    sealed class Saturated : FeatureNetwork
    {
        readonly TorchSharp.Modules.Linear hidden;
        readonly TorchSharp.Modules.Linear last;

        public Saturated()
        {
            manual_seed(3);
            (hidden, last) = (Linear(16, 32), Linear(32, 4));
            RegisterComponents();
            eval();
        }

        public override int FeatureCount => 32;

        public override int ClassCount => 4;

        /// <summary>Images passed through the features so far.</summary>
        public long Passed { get; private set; }

        public override Tensor features(Tensor images)
        {
            Passed += images.size(0);
            return (hidden.call(images.flatten(1) - 0.5) * 4).tanh();
        }

        public override Tensor head(Tensor features) => (last.call(features) * 1e6).softmax(1);
    }

    static readonly Saturated network = new();
    static readonly Tensor images = Samples.Images(24).DetachFromDisposeScope();
    static readonly ThreatModel threat = new(Norm.Linf, 0.45);

    static FeatureAttack Attack(Module<Tensor, Tensor> labeler)
    {
        var candidates = Samples.Images(200, seed: 8);
        return new FeatureAttack { Guides = new LabeledImages(candidates, Samples.LabelsOf(labeler, candidates), 4) };
    }

    [Fact]
    public void It_breaks_a_saturated_softmax_that_blinds_the_attacks_on_logits()
    {
        using var scope = NewDisposeScope();
        var labels = Samples.LabelsOf(network, images);
        using var blind = new Pgd().Run(network, images, labels, threat);
        Assert.Contains(true, blind.Blind);
        var result = Attack(network).Run(network, images, labels, threat);
        Assert.All(result.Success, Assert.True);
        Assert.All(Samples.LabelsOf(network, result.Images).ne(labels).data<bool>().ToArray(), Assert.True);
    }

    /// <summary>What the network is shown counts, not the image: behind a transform too, with its surrogate.</summary>
    [Fact]
    public void It_matches_the_features_behind_a_transform()
    {
        using var scope = NewDisposeScope();
        var behind = new Behind(new StraightThroughBitDepth(3), network);
        var result = Attack(behind).Run(behind, images, Samples.LabelsOf(behind, images), threat);
        Assert.All(result.Success, Assert.True);
    }

    /// <summary>
    /// A loss with a head of its own decides by the network's features and never calls the network: the classifier says
    /// what they are. One that says nothing is told what to do.
    /// </summary>
    [Fact]
    public void It_matches_the_features_that_a_head_of_its_own_decides_by()
    {
        using var scope = NewDisposeScope();
        using var headed = new Headed(new Saturated());
        var labels = Samples.LabelsOf(headed, images);
        var result = Attack(headed).Run(headed, images, labels, threat);
        Assert.All(result.Success, Assert.True);

        using var silent = new Silent(new Saturated());
        var error = Assert.Throws<InvalidOperationException>(() => Attack(silent).Run(silent, images, labels, threat));
        Assert.Contains("FeatureAttack.Features", error.Message);
    }

    sealed class Headed(FeatureNetwork network) : Silent(network), IFeatureExtractor
    {
        public Tensor features(Tensor images) => Network.features(images);
    }

    class Silent : Classifier
    {
        public Silent(FeatureNetwork network)
        {
            Network = network;
            register_module("network", network);
            eval();
        }

        protected FeatureNetwork Network { get; }

        public override Tensor forward(Tensor images) => Network.head(Network.features(images));
    }

    /// <summary>
    /// With every image in reach it ends at the guide's features, and so at its label. The head alone differs from the
    /// network that is attacked.
    /// </summary>
    [Fact]
    public void Features_of_ones_own_are_matched_to_the_guides()
    {
        using var scope = NewDisposeScope();
        var centered = Samples.Linear(seed: 6);
        var linear = new FunctionClassifier(x => centered.call(x - 0.5));
        var labels = Samples.LabelsOf(linear, images);
        var attack = Attack(linear) with { Features = new FunctionClassifier(x => x * 3), Restarts = 1 };
        var result = attack.Run(linear, images, labels, new ThreatModel(Norm.Linf, 1));
        Assert.All(result.Success, Assert.True);
    }

    /// <summary>
    /// The features are computed beside every evaluation whose gradient is followed, and for the guides and the clean
    /// images.
    /// </summary>
    [Fact]
    public void What_passes_through_the_network_once_more_counts()
    {
        using var scope = NewDisposeScope();
        var labels = Samples.LabelsOf(network, images);
        var attack = Attack(network) with { Steps = 5, Restarts = 2 };
        var before = network.Passed;
        var result = attack.Run(
            network, images, labels, new ThreatModel(Norm.Linf, 1e-4), new AttackOptions { BatchSize = 10 });
        Assert.Equal(network.Passed - before, result.Forwards);
        // The clean images; in each restart guides, clean images and five steps, each twice, and the images at the end.
        Assert.Equal(24 * (1 + 2 * (2 * 7 + 1)), result.Forwards);
    }

    /// <summary>
    /// A network that is called twice for a decision, on other inputs or in other draws, is matched in both.
    /// </summary>
    [Fact]
    public void A_network_that_is_called_twice_is_followed_twice()
    {
        using var scope = NewDisposeScope();
        var seen = new Saturated();
        using var twice = new Twice(seen);
        var labels = Samples.LabelsOf(twice, images);
        var attack = Attack(twice) with { Steps = 5, Restarts = 2 };
        var before = seen.Passed;
        attack.Run(twice, images, labels, new ThreatModel(Norm.Linf, 1e-4), new AttackOptions { BatchSize = 10 });
        Assert.Equal(2 * 24 * (1 + 2 * (2 * 7 + 1)), seen.Passed - before);
    }

    sealed class Twice : Classifier
    {
        readonly FeatureNetwork network;

        public Twice(FeatureNetwork network)
        {
            this.network = network;
            register_module(nameof(network), network);
            eval();
        }

        public override Tensor forward(Tensor images) => network.call(images) + (0.5 * network.call(images * 0.5));

        protected override void RegisterComponents()
        {
        }
    }

    [Fact]
    public void Without_features_or_guides_it_says_what_to_do()
    {
        using var scope = NewDisposeScope();
        var linear = Samples.Linear();
        var labels = zeros(24, dtype: ScalarType.Int64);
        Assert.Contains(
            "FeatureAttack.Features",
            Assert.Throws<InvalidOperationException>(() => Attack(linear).Run(linear, images, labels, threat)).Message);
        var alike = new FeatureAttack { Guides = new LabeledImages(
            Samples.Images(5), zeros(5, dtype: ScalarType.Int64), 4) };
        Assert.Contains(
            "another class",
            Assert.Throws<ArgumentException>(() => alike.Run(network, images, labels, threat)).Message);
        var large = new FeatureAttack { Guides = new LabeledImages(
            Samples.Images(5, side: 6), ones(5, dtype: ScalarType.Int64), 4) };
        Assert.Contains(
            "shape", Assert.Throws<ArgumentException>(() => large.Run(network, images, labels, threat)).Message);
    }
}
