using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace Ensembles.Data.Tests;

/// <summary>
/// What the embedded set exists for: a plain network reads the texture, a network on edges has to read the shape.
/// </summary>
public class RelianceTests
{
    static readonly TextureShapes defaults = new();

    [Fact]
    public void A_plain_network_owes_its_accuracy_to_the_texture()
    {
        using var network = Train(images => images - 0.5f);
        Assert.InRange(Accuracy(network, defaults), 0.97, 1);
        Assert.InRange(Accuracy(network, defaults with { Shapes = false }), 0.9, 1);
        Assert.InRange(Accuracy(network, defaults with { Texture = TextureSource.None }), 0.2, 0.8);
        Assert.InRange(Accuracy(network, defaults with { Texture = TextureSource.OtherClass }), 0, 0.3);
        Assert.InRange(AccuracyUnderAttack(network, epsilon: 0.05), 0, 0.05);
    }

    [Fact]
    public void A_network_on_edges_does_not_see_the_texture()
    {
        using var network = Train(Sobel.Edges);
        var own = Accuracy(network, defaults);
        Assert.InRange(own, 0.7, 0.97);
        Assert.InRange(Accuracy(network, defaults with { Texture = TextureSource.None }), own - 0.02, own + 0.02);
        Assert.InRange(Accuracy(network, defaults with { Texture = TextureSource.OtherClass }), own - 0.02, own + 0.02);
        Assert.InRange(Accuracy(network, defaults with { Shapes = false }), 0, 0.2);
    }

    sealed class Network : Module<Tensor, Tensor>
    {
        readonly Func<Tensor, Tensor> before;
        readonly Sequential layers;

        public Network(Func<Tensor, Tensor> before) : base(nameof(Network))
        {
            this.before = before;
            layers = Sequential(
                Conv2d(1, 16, 4, stride: 2, padding: 1), ReLU(),
                Conv2d(16, 32, 4, stride: 2, padding: 1), ReLU(),
                Flatten(), Linear(32 * 7 * 7, 64), ReLU(), Linear(64, 10));
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            using var input = before(images);
            return layers.call(input);
        }
    }

    static Network Train(Func<Tensor, Tensor> before)
    {
        set_num_threads(1);
        random.manual_seed(0);
        var network = new Network(before);
        using var data = defaults.Generate(3000, seed: 1);
        using var optimizer = optim.Adam(network.parameters(), 2e-3);
        for (var epoch = 0; epoch < 5; epoch++)
        {
            foreach (var (images, labels) in data.Batches(50, shuffleSeed: epoch))
            {
                using var scope = NewDisposeScope();
                optimizer.zero_grad();
                F.cross_entropy(network.call(images), labels).backward();
                optimizer.step();
            }
        }

        return network;
    }

    static double Accuracy(Network network, TextureShapes settings)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var test = settings.Generate(1000, seed: 2);
        return Share(network.call(test.Images), test.Labels);
    }

    /// <summary>PGD, ten steps of a quarter epsilon.</summary>
    static double AccuracyUnderAttack(Network network, double epsilon)
    {
        using var scope = NewDisposeScope();
        using var test = defaults.Generate(200, seed: 2);
        var images = test.Images;
        for (var step = 0; step < 10; step++)
        {
            var current = images.detach().requires_grad_();
            F.cross_entropy(network.call(current), test.Labels).backward();
            var moved = images.detach() + epsilon / 4 * current.grad!.sign();
            images = (test.Images + (moved - test.Images).clamp(-epsilon, epsilon)).clamp(0, 1);
        }

        using var noGradient = no_grad();
        return Share(network.call(images), test.Labels);
    }

    static double Share(Tensor logits, Tensor labels) =>
        logits.argmax(1).eq(labels).to_type(ScalarType.Float32).mean().item<float>();
}
