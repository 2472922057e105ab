using static TorchSharp.torch;

namespace Ensembles.Training.Tests;

/// <summary>The loss at weights that have moved against training.</summary>
public class WeightPerturbationTests
{
    const double Gamma = 0.05;

    /// <summary>
    /// In the second call each layer's weights are gamma ||w|| away along the gradient, biases where they were, and
    /// value and gradients are those found there. Afterwards all weights are the same bits.
    /// </summary>
    [Fact]
    public void Layers_move_along_their_gradient_by_a_share_of_their_norm_and_back()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(12, seed: 1);
        manual_seed(1);
        using var network = Bars.Networks.Create();
        var before = Copy(network);
        var calls = new List<(Dictionary<string, Tensor> Weights, Tensor Loss, Dictionary<string, Tensor> Gradients)>();
        var result = new WeightPerturbation(Gamma).Of([network], network, () =>
        {
            var logits = network.call(images.Images);
            var loss = nn.functional.cross_entropy(logits, images.Labels);
            network.zero_grad();
            nn.functional.cross_entropy(network.call(images.Images), images.Labels).backward();
            calls.Add((Copy(network), loss, network.named_parameters().ToDictionary(p => p.name,
                p => p.parameter.grad!.clone().DetachFromDisposeScope())));
            return new BatchLoss(loss, logits);
        });

        Assert.Equal(2, calls.Count);
        foreach (var (name, weight) in before)
        {
            var moved = calls[1].Weights[name] - weight;
            if (weight.dim() < 2)
            {
                Assert.Equal(0, moved.abs().sum().item<float>());
                continue;
            }

            Assert.Equal(Gamma, (moved.norm() / weight.norm()).item<float>(), 1e-5);
            var gradient = calls[0].Gradients[name];
            TensorAssert.Near(gradient / gradient.norm(), moved / moved.norm(), 1e-4);
        }

        Same(before, Copy(network));
        network.zero_grad();
        result.Loss.backward();
        foreach (var (name, parameter) in network.named_parameters())
            TensorAssert.Near(calls[1].Gradients[name], parameter.grad!, 1e-6);
    }

    /// <summary>Gamma 0 is training without, bit for bit, also where a loss moves centers of its own once a batch.
    /// </summary>
    [Fact]
    public void Nothing_moves_by_a_share_of_zero()
    {
        using var plain = Trained(null);
        using var still = Trained(new WeightPerturbation(0));
        TensorAssert.SameState(plain, still);
        using var moved = Trained(new WeightPerturbation(Gamma));
        Assert.False(
            plain.state_dict()["network.hidden.weight"].Equals(moved.state_dict()["network.hidden.weight"]));
    }

    /// <summary>
    /// A head that the loss brings decides like the network's own, so its weights move by the same share.
    /// </summary>
    [Fact]
    public void The_head_of_a_loss_moves_too()
    {
        using var images = Bars.Make(12, seed: 1);
        manual_seed(1);
        using var classifier = new WithHead(Bars.Networks);
        classifier.Train(images, new TrainingOptions { Epochs = 1, BatchSize = 12 });
        using var scope = NewDisposeScope();
        var (first, second) = (classifier.Seen[0], classifier.Seen[1]);
        Assert.Equal(2, classifier.Seen.Count);
        Assert.Equal(Gamma, ((second - first).norm() / first.norm()).item<float>(), 1e-5);
        classifier.Seen.ForEach(weights => weights.Dispose());
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Impossible_shares_are_refused(double gamma) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WeightPerturbation(gamma));

    [Fact]
    public void A_loss_that_fails_leaves_the_weights_where_they_were()
    {
        using var scope = NewDisposeScope();
        using var network = Bars.Networks.Create();
        var before = Copy(network);
        var calls = 0;
        Assert.Throws<InvalidOperationException>(() => new WeightPerturbation(Gamma).Of([network], network, () =>
        {
            if (++calls == 2)
                throw new InvalidOperationException();
            var logits = network.call(rand(3, 1, Bars.Size, Bars.Size));
            return new BatchLoss(logits.square().sum(), logits);
        }));
        Same(before, Copy(network));
    }

    static Compact Trained(WeightPerturbation? perturbation)
    {
        using var images = Bars.Make(60, seed: 1);
        manual_seed(1);
        var classifier = new Compact(Bars.Networks) { WeightPerturbation = perturbation };
        classifier.Train(images, new TrainingOptions { Seed = 1, Epochs = 3, BatchSize = 20 });
        return classifier;
    }

    static void Same(Dictionary<string, Tensor> expected, Dictionary<string, Tensor> actual) =>
        Assert.All(expected, t => Assert.True(t.Value.Equals(actual[t.Key]), t.Key));

    static Dictionary<string, Tensor> Copy(nn.Module module) =>
        module.state_dict().ToDictionary(t => t.Key, t => t.Value.detach().clone().DetachFromDisposeScope());

    sealed class Compact(INetworkFactory networks) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = new CrossEntropy() + 0.03 * new CenterLoss();

        public override Perturbation? Perturbation { get; init; } = new PgdPerturbation(0.05, steps: 2);
    }

    /// <summary>Keeps the weights of its loss's head as they are whenever the loss is computed.</summary>
    sealed class WithHead(INetworkFactory networks) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = new Watched();

        public override WeightPerturbation? WeightPerturbation { get; init; } = new(Gamma);

        public List<Tensor> Seen => ((Watched)Loss).Seen;
    }

    sealed class Watched : TrainingLoss
    {
        TorchSharp.Modules.Linear? head;

        [NotPartOfIdentity]
        public List<Tensor> Seen { get; } = [];

        public override nn.Module<Tensor, Tensor>? Head => head;

        public override void Build(FeatureNetwork network)
        {
            head = nn.Linear(network.FeatureCount, network.ClassCount);
            register_module(nameof(head), head);
        }

        public override Tensor Of(LossContext batch)
        {
            Seen.Add(head!.weight!.detach().clone().DetachFromDisposeScope());
            return nn.functional.cross_entropy(batch.Logits, batch.Labels);
        }
    }
}
