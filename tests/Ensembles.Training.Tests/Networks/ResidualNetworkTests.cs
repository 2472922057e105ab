using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Networks;

public class ResidualNetworkTests
{
    /// <summary>The sizes of torchvision's, pytorch-cifar's and RobustBench's own.</summary>
    [Fact]
    public void They_have_the_parameters_of_the_published_networks()
    {
        Assert.Equal(11_689_512, Count(new ResNet18(3, 1000, ResNetStem.Large)));
        Assert.Equal(11_173_962, Count(new ResNet18(3, 10)));
        Assert.Equal(11_171_146, Count(new PreActResNet18(3, 10)));
        Assert.Equal(11_172_170, Count(new PreActResNet18(3, 10, normalizedFeatures: true)));
        Assert.Equal(175_066, Count(new WideResNet(3, 10, 16, 1)));
        Assert.Equal(36_479_194, Count(new WideResNet(3, 10, 28, 10)));

        static long Count(nn.Module network)
        {
            using (network)
                return network.parameters().Sum(p => p.numel());
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(28)]
    [InlineData(65)]
    public void Images_of_any_size_pass(int size)
    {
        using var scope = NewDisposeScope();
        FeatureNetwork[] networks =
        [
            new ResNet18(3, 10, ResNetStem.Small, width: 0.0625), new ResNet18(3, 10, ResNetStem.Large, width: 0.0625),
            new PreActResNet18(3, 10, width: 0.0625), new WideResNet(3, 10, 10, 1),
        ];
        foreach (var network in networks)
        {
            Assert.Equal([2, 10], network.call(rand(2, 3, size, size)).shape);
            Assert.Equal([2, 10], network.call(rand(2, 3, size, size + 3)).shape);
            network.Dispose();
        }
    }

    /// <summary>Three stages halve what the stem leaves: all of the image, or a quarter of its height.</summary>
    [Theory]
    [InlineData(28, 3, 4)]
    [InlineData(32, 3, 4)]
    [InlineData(64, 7, 2)]
    [InlineData(224, 7, 7)]
    public void The_stem_follows_from_the_size_of_the_images(int size, int window, int left)
    {
        using var scope = NewDisposeScope();
        using var network = new ResNet18Factory(3, size, 10) { Width = 0.0625 }.Create();
        var outputs = new Dictionary<string, Tensor>();
        network.features(rand(1, 3, size, size), ["layer4"], outputs);
        Assert.Equal(window, network.get_parameter("conv1.weight")!.size(2));
        Assert.Equal([1, 32, left, left], outputs["layer4"].shape);
    }

    [Fact]
    public void Batch_norm_in_evaluation_mode_answers_for_an_image_alone()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = EveryNetwork.Make("ResNet-18");
        var images = rand(4, 1, Bars.Size, Bars.Size);
        network.call(images);
        var training = network.call(images);
        TensorAssert.Differs(training.narrow(0, 0, 2), network.call(images.narrow(0, 0, 2)), 1e-3);
        network.eval();
        TensorAssert.Near(network.call(images).narrow(0, 0, 2), network.call(images.narrow(0, 0, 2)));
    }

    [Theory]
    [InlineData("ResNet-18 with Fixup")]
    [InlineData("ResNet-18 without either")]
    [InlineData("CNN")]
    [InlineData("MLP")]
    public void Without_batch_norm_training_and_evaluation_are_the_same(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = EveryNetwork.Make(name);
        Assert.DoesNotContain(network.modules(), module => module is NormBase);
        Assert.Empty(network.buffers());
        var images = rand(4, 1, Bars.Size, Bars.Size);
        var training = network.call(images);
        network.eval();
        TensorAssert.Near(training, network.call(images), 0);
    }

    [Fact]
    public void Fixup_starts_with_branches_and_logits_of_zero()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = EveryNetwork.Make("ResNet-18 with Fixup");
        var images = rand(4, 1, Bars.Size, Bars.Size);
        var branches = network.TapNames.Where(tap => tap.EndsWith(".scale", StringComparison.Ordinal)).ToArray();
        var outputs = new Dictionary<string, Tensor>();
        network.features(images, [.. branches, "relu", "layer1"], outputs);

        Assert.Equal(8, branches.Length);
        Assert.All(branches, branch => Assert.Equal(0, outputs[branch].abs().max().item<float>()));
        // Blocks that keep their input's shape then pass it on.
        TensorAssert.Near(outputs["relu"], outputs["layer1"], 0);
        Assert.Equal(0, network.call(images).abs().max().item<float>());
    }

    /// <summary>sqrt(2 / (9 out)), and with Fixup that over sqrt(L) for L = 8 blocks.</summary>
    [Theory]
    [InlineData(Normalization.Batch, 1)]
    [InlineData(Normalization.None, 1)]
    [InlineData(Normalization.Fixup, 8)]
    public void Initial_weights_are_spread_as_their_sources_say(Normalization normalization, int blocks)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var network = new ResNet18(3, 10, normalization: normalization);
        var weight = network.get_parameter("layer3.1.conv1.weight");
        var expected = Math.Sqrt(2.0 / (9 * 256) / blocks);
        Assert.InRange(weight!.std().item<float>() / expected, 0.99, 1.01);
    }

    [Fact]
    public void A_shortcut_may_read_the_activation_or_the_input()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var ofActivation = new PreActResNet18(1, 3, width: 0.0625);
        using var ofInput = new PreActResNet18(1, 3, shortcutOfActivation: false, width: 0.0625);
        ofInput.load_state_dict(ofActivation.state_dict());
        ofActivation.eval();
        ofInput.eval();
        var images = rand(2, 1, Bars.Size, Bars.Size);
        TensorAssert.Differs(ofActivation.call(images), ofInput.call(images), 1e-4);
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new WideResNet(3, 10, 11));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WideResNet(3, 10, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResNet18(3, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResNet18(0, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResNet18Factory(3, 7, 10).Create());
        Assert.Throws<ArgumentException>(() => new Mlp(1, 8, 10, []));
        var without = new NetworkRequest { Normalization = Normalization.None };
        Assert.Contains(
            "None",
            Assert.Throws<ArgumentException>(() => new WideResNetFactory(3, 32, 10, 10, 1).Create(without)).Message);
        Assert.Throws<ArgumentException>(() => new PreActResNet18Factory(3, 32, 10).Create(without));
    }
}
