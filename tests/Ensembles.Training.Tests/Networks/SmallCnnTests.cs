using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Networks;

public class SmallCnnTests
{
    [Theory]
    [InlineData(1, 28, 10)]
    [InlineData(3, 32, 10)]
    [InlineData(2, 10, 4)]
    public void Logits_are_the_head_of_the_features(int channels, int size, int classes)
    {
        using var scope = NewDisposeScope();
        using var network = new SmallCnnFactory(channels, size, classes).Create();
        var images = rand(5, channels, size, size);
        var features = network.features(images);
        Assert.Equal([5, network.FeatureCount], features.shape);
        Assert.Equal([5, classes], network.call(images).shape);
        Assert.Equal(classes, network.ClassCount);
        TensorAssert.Near(network.head(features), network.call(images), 0);
    }

    [Fact]
    public void Dropout_modules_are_there_only_when_asked_for_and_rest_in_evaluation_mode()
    {
        using var scope = NewDisposeScope();
        using var plain = Bars.Networks.Create();
        using var dropping = Bars.Networks.Create(new NetworkRequest { Dropout = 0.5 });
        Assert.Empty(plain.modules().OfType<Dropout>());
        Assert.Equal(2, dropping.modules().OfType<Dropout>().Count());
        var images = rand(4, 1, Bars.Size, Bars.Size);
        Assert.False(dropping.call(images).Equals(dropping.call(images)));
        dropping.eval();
        Assert.True(dropping.call(images).Equals(dropping.call(images)));
    }

    [Fact]
    public void One_seed_gives_one_network()
    {
        random.manual_seed(7);
        using var first = Bars.Networks.Create();
        using var second = Bars.Networks.Create();
        random.manual_seed(7);
        using var again = Bars.Networks.Create();
        TensorAssert.SameState(first, again);
        Assert.False(first.parameters().First().Equals(second.parameters().First()));
    }

    [Fact]
    public void Images_of_another_shape_are_refused_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        using var network = new SmallCnnFactory(1, 28, 10).Create();
        var message = Assert.Throws<ArgumentException>(() => network.call(rand(2, 3, 32, 32))).Message;
        Assert.Contains("[N, 1, 28, 28]", message);
        Assert.Contains("[2, 3, 32, 32]", message);
    }

    [Fact]
    public void Impossible_sizes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmallCnn(0, 28, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmallCnn(1, 3, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmallCnn(1, 28, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmallCnn(1, 28, 10, dropout: 1));
    }
}
