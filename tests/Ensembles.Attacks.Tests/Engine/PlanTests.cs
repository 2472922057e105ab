using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// Plans stand in for convolutional networks during an attack, and the networks themselves have the last word.
/// </summary>
public class PlanTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.05);

    [Fact]
    public void An_attack_with_plans_calls_the_network_for_the_clean_images_the_first_steps_and_the_verdict_only()
    {
        using var scope = NewDisposeScope();
        var (network, images, labels) = Given();
        var layered = new Layered(network);
        using var result = new Pgd { Steps = 40, Restarts = 3 }.Run(layered, images, labels, threat);

        // Clean, four evaluations, one to compare the plan with, the verdict.
        Assert.Equal(7, layered.Calls);
        Assert.True(result.Forwards > 40);
    }

    [Fact]
    public void It_finds_what_it_finds_without_them_and_counts_the_same_work()
    {
        using var scope = NewDisposeScope();
        var (network, images, labels) = Given();
        IAttack[] attacks =
            [new Pgd { Steps = 20, RandomStart = false }, new Apgd { Steps = 20 }, new Square { Queries = 100 }];
        foreach (var attack in attacks)
        {
            using var with = attack.Run(network, images, labels, threat);
            // A forward of its own has no plan.
            using var without = attack.Run(new FunctionClassifier(network.call), images, labels, threat);

            Assert.Equal(without.Success, with.Success);
            Assert.Equal((without.Forwards, without.Backwards), (with.Forwards, with.Backwards));
            Assert.InRange(with.Success.Count(s => s), 1, with.Success.Count - 1);
        }
    }

    /// <summary>
    /// The worst there could be: a plan that agrees with its component when they are compared, and not on what the
    /// attack finds.
    /// </summary>
    [Fact]
    public void A_success_that_the_network_itself_does_not_confirm_is_none_and_the_attack_goes_on_without_plans()
    {
        using var scope = NewDisposeScope();
        var (network, images, labels) = Given();
        // After the comparison, the sixth call, the network is surer of the truth than its layers are.
        var layered = new Layered(network) { From = 7, Shift = 2 * functional.one_hot(labels, 4) };
        using var result = new Pgd { Steps = 40, Restarts = 3 }.Run(layered, images, labels, threat);
        using var truth = layered.call(result.Images);

        Assert.True(layered.Calls > 20);
        Assert.Equal(truth.argmax(1).ne(labels).data<bool>().ToArray(), result.Success);
    }

    [Fact]
    public void An_image_that_only_the_network_itself_gets_wrong_is_a_success()
    {
        using var scope = NewDisposeScope();
        var (network, images, labels) = Given();
        var layered = new Layered(network) { From = 7, Shift = -100 * functional.one_hot(labels, 4) };
        using var result = new Pgd { Steps = 40, Restarts = 3 }.Run(layered, images, labels, threat);

        Assert.All(result.Success, Assert.True);
    }

    static (TorchSharp.Modules.Sequential Network, Tensor Images, Tensor Labels) Given()
    {
        manual_seed(1);
        var network = Sequential(
            Conv2d(1, 16, 3, padding: 1), ReLU(), MaxPool2d(2), Conv2d(16, 8, 3), ReLU(), Flatten(),
            Linear(8 * 4 * 4, 4));
        network.eval();
        var images = rand(24, 1, 12, 12);
        using var noGrad = no_grad();
        var logits = network.call(images);
        // Half of the images are nearer to the boundary than the others.
        var margins = logits.topk(2, 1).values;
        Assert.True((margins[TensorIndex.Colon, 0] - margins[TensorIndex.Colon, 1]).min().item<float>() > 0);
        return (network, images, logits.argmax(1));
    }

    /// <summary>
    /// A network that counts how often it is called and, from one call on, adds something to its logits.
    /// </summary>
    sealed class Layered : Classifier, ILayered
    {
        readonly TorchSharp.Modules.Sequential network;

        public Layered(TorchSharp.Modules.Sequential network) : base("layered")
        {
            this.network = network;
            RegisterComponents();
            eval();
        }

        public int Calls { get; private set; }

        public int From { get; init; } = int.MaxValue;

        public Tensor? Shift { get; init; }

        public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

        public override Tensor forward(Tensor images) =>
            ++Calls >= From ? network.call(images) + Shift!.narrow(0, 0, images.size(0)) : network.call(images);
    }
}
