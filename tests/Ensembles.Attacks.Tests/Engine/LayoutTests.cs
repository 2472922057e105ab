using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>Convolutions have another layout while they are under attack, and nobody notices.</summary>
public class LayoutTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.05);

    [Fact]
    public void Weights_lie_channels_last_during_an_attack_and_as_before_after_it_with_the_same_values()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var convolution = Conv2d(3, 8, 3);
        bool? wasLast = null;
        var network = Sequential(
            convolution, new Peeking(() => wasLast = convolution.weight!.stride(1) == 1), ReLU(), Flatten(),
            Linear(8 * 6 * 6, 4));
        network.eval();
        var (weight, before) = (convolution.weight!, convolution.weight!.clone());
        var images = rand(6, 3, 8, 8);
        using var _ = new Pgd { Steps = 3 }.Run(network, images, network.call(images).argmax(1), threat);

        Assert.True(wasLast);
        Assert.Same(weight, convolution.weight);
        Assert.True(weight.is_contiguous() && weight.requires_grad);
        Assert.Equal(Samples.Floats(before), Samples.Floats(weight));
    }

    [Fact]
    public void A_forward_of_ones_own_may_view_its_weights()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var network = new Normed();
        network.eval();
        var images = rand(6, 3, 4, 4);
        using var result = new Pgd { Steps = 3 }.Run(network, images, network.call(images).argmax(1), threat);

        Assert.Equal(6, result.Success.Count);
    }

    [Fact]
    public void A_graph_from_before_the_attack_can_still_be_followed_after_it()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var network = Sequential(Conv2d(3, 8, 3), ReLU(), Flatten(), Linear(8 * 6 * 6, 4));
        network.eval();
        var images = rand(6, 3, 8, 8).requires_grad_(true);
        var logits = network.call(images);
        using var _ = new Pgd { Steps = 3 }.Run(network, images, logits.argmax(1), threat);
        logits.sum().backward();

        Assert.True(images.grad!.abs().max().item<float>() > 0);
        Assert.All(network.parameters(), p => Assert.NotNull(p.grad));
    }

    /// <summary>Hands its input on, and lets somebody look.</summary>
    sealed class Peeking(Action look) : Module<Tensor, Tensor>(nameof(Peeking))
    {
        public override Tensor forward(Tensor input)
        {
            look();
            return input.alias();
        }
    }

    /// <summary>Weights of length 1, as a weight normalisation by hand would have them.</summary>
    sealed class Normed : Module<Tensor, Tensor>
    {
        readonly Conv2d convolution = Conv2d(3, 4, 3);

        public Normed() : base(nameof(Normed)) => RegisterComponents();

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            var length = convolution.weight!.view(4, -1).square().sum(1).sqrt();
            var normed = convolution.weight! / length.view(4, 1, 1, 1);
            return functional.conv2d(images, normed).amax([2, 3]).MoveToOuterDisposeScope();
        }
    }
}
