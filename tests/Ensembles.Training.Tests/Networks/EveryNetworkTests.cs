using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Networks;

/// <summary>What holds for every network.</summary>
public class EveryNetworkTests
{
    public static TheoryData<string> Names => EveryNetwork.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_are_the_head_of_the_features_and_the_layers_in_a_row(string name)
    {
        using var scope = NewDisposeScope();
        using var network = EveryNetwork.Make(name);
        EveryNetwork.Disturb(network);
        network.eval();
        var images = rand(4, 1, Bars.Size, Bars.Size);
        var features = network.features(images);
        var x = images;
        foreach (var layer in Assert.IsAssignableFrom<ILayered>(network).Layers)
            x = layer.call(x);

        Assert.Equal([4, network.FeatureCount], features.shape);
        Assert.Equal([4, Bars.Classes], network.call(images).shape);
        Assert.Equal(Bars.Classes, network.ClassCount);
        TensorAssert.Near(network.head(features), network.call(images), 0);
        TensorAssert.Near(x, network.call(images), 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_layer_before_the_head_can_be_tapped_and_the_last_one_gives_the_features(string name)
    {
        using var scope = NewDisposeScope();
        using var network = EveryNetwork.Make(name);
        network.eval();
        var images = rand(3, 1, Bars.Size, Bars.Size);
        var outputs = new Dictionary<string, Tensor>();
        var features = network.features(images, network.TapNames, outputs);

        Assert.Equal(network.TapNames.Order(), outputs.Keys.Order());
        TensorAssert.Near(network.features(images), features, 0);
        var last = network.TapNames.Last(tap => !tap.Contains('.'));
        TensorAssert.Near(features, outputs[last], 0);
        foreach (var convolution in network.named_modules().Where(m => m.module is Conv2d))
            Assert.Contains(convolution.name, outputs.Keys);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_tap_inside_a_block_is_what_the_layer_behind_it_reads(string name)
    {
        using var scope = NewDisposeScope();
        using var network = EveryNetwork.Make(name);
        EveryNetwork.Disturb(network);
        network.eval();
        var outputs = new Dictionary<string, Tensor>();
        var relus = network.named_modules().Where(m => m.module is ReLU).Select(m => m.name).ToArray();
        network.features(rand(3, 1, Bars.Size, Bars.Size), relus, outputs);

        // Nothing writes into what was tapped: each is still what a ReLU gives.
        Assert.NotEmpty(relus);
        Assert.All(outputs.Values, output => Assert.True(output.ge(0).all().item<bool>()));
        Assert.All(outputs.Values, output => Assert.True(output.gt(0).any().item<bool>()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void One_seed_gives_one_network(string name)
    {
        using var first = EveryNetwork.Make(name);
        using var second = EveryNetwork.Factory(name).Create();
        using var again = EveryNetwork.Make(name);
        TensorAssert.SameState(first, again);
        Assert.Contains(
            first.parameters().Zip(second.parameters()), pair => !pair.First.Equals(pair.Second));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_request_changes_channels_classes_dropout_and_width(string name)
    {
        using var scope = NewDisposeScope();
        using var plain = EveryNetwork.Make(name);
        using var asked = EveryNetwork.Make(
            name, new NetworkRequest { Channels = 2, Classes = 5, Dropout = 0.5, Width = 2 });
        Assert.Empty(plain.modules().OfType<Dropout>());
        Assert.NotEmpty(asked.modules().OfType<Dropout>());
        Assert.Equal(2 * plain.FeatureCount, asked.FeatureCount);
        var images = rand(4, 2, Bars.Size, Bars.Size);
        EveryNetwork.Disturb(asked);
        Assert.Equal([4, 5], asked.call(images).shape);
        Assert.False(asked.call(images).Equals(asked.call(images)));
        asked.eval();
        Assert.True(asked.call(images).Equals(asked.call(images)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Images_with_other_channels_are_refused_with_both_shapes(string name)
    {
        using var scope = NewDisposeScope();
        using var network = EveryNetwork.Make(name);
        var message = Assert.Throws<ArgumentException>(() => network.call(rand(2, 3, 32, 32))).Message;
        Assert.Contains("[N, 1, ", message);
        Assert.Contains("[2, 3, 32, 32]", message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_pass_and_its_gradient_leave_no_tensor_behind(string name)
    {
        using var network = EveryNetwork.Make(name);
        Pass();
        var before = LiveTensors.Count();
        for (var i = 0; i < 3; i++)
            Pass();
        Assert.Equal(before, LiveTensors.Count());

        void Pass()
        {
            using var images = rand(2, 1, Bars.Size, Bars.Size);
            using var logits = network.call(images);
            using var sum = logits.sum();
            sum.backward();
            network.zero_grad();
        }
    }
}
