using static TorchSharp.torch;

namespace Ensembles.Graphs.Tests;

public class GraphTests
{
    [Fact]
    public void AnOperationThatDoesNotFitIsNamedWithWhatItWasGiven()
    {
        var builder = new GraphBuilder("wrong");
        var images = builder.Input("images", ScalarType.Float32, Dimension.Batch, 3, 8, 8);
        using var weights = zeros(4, 2, 3, 3);

        var error = Assert.Throws<GraphException>(() => builder.Add(
            "first", new Conv(new(3, 3)), [images, builder.Weight("weight", weights)], []));

        Assert.StartsWith("Conv first: ", error.Message);
        Assert.Contains("[N, 3, 8, 8]", error.Message);
        Assert.Contains("[4, 2, 3, 3]", error.Message);
    }

    [Fact]
    public void ValuesOfAnotherGraphAreRefused()
    {
        var other = new GraphBuilder("other").Input("images", ScalarType.Float32, Dimension.Batch, 3);

        Assert.Throws<GraphException>(() => new GraphBuilder("one").Add(new Flatten(), other));
        Assert.Throws<GraphException>(() => new GraphBuilder("one").Build(("images", other)));
    }

    [Fact]
    public void ValuesOfHugeSizeAreRefusedBeforeAnythingIsComputed()
    {
        var builder = new GraphBuilder("huge");
        var images = builder.Input("images", ScalarType.Float32, Dimension.Batch, 3, 8, 8);

        var error = Assert.Throws<GraphException>(
            () => builder.Add(new Pad([0, 0, 100_000, 100_000], [0, 0, 0, 0]), images));

        Assert.Contains("elements", error.Message);
    }

    [Fact]
    public void WhatNoOutputNeedsIsLeftOut()
    {
        var builder = new GraphBuilder("dead");
        var images = builder.Input("images", ScalarType.Float32, Dimension.Batch, 3);
        using var unused = ones(3);
        var used = builder.Add(new Unary(UnaryFunction.Relu), images);
        builder.Add(new Binary(BinaryFunction.Add), used, builder.Weight("unused", unused));

        var graph = builder.Build(("y", used));

        Assert.Equal("Relu", Assert.Single(graph.Nodes).Operation.Name);
        Assert.Empty(graph.Constants);
    }

    [Fact]
    public void NamesThatAreTakenGetANumber()
    {
        var builder = new GraphBuilder("names");
        var images = builder.Input("x", ScalarType.Float32, Dimension.Batch, 3);
        using var weight = ones(3);

        Assert.Equal("x_1", builder.Weight("x", weight).Name);
        Assert.Equal("x_2", builder.Add("", new Softmax(), [images], ["x"])[0].Name);
    }

    [Fact]
    public void WhatIsComputedTwiceOfTheSameStandsThereOnceAfterwards()
    {
        using var scope = NewDisposeScope();
        var (weight, copy, other) = (full(4, 1, 3, 3, 0.5), full(4, 1, 3, 3, 0.5), full(4, 1, 3, 3, 0.25));
        var builder = new GraphBuilder("members");
        var images = builder.Input("images", ScalarType.Float32, Dimension.Batch, 1, 8, 8);
        Value Member(Tensor weight, long[] sizes) => builder.Add(
            new Reshape(sizes),
            builder.Add(
                new Unary(UnaryFunction.Relu),
                builder.Add(new Conv(new(3, 3)), images, builder.Weight("weight", weight))));
        var graph = builder.Build(
            ("one", Member(weight, [0, -1])), ("two", Member(copy, [0, -1])), ("three", Member(other, [0, -1])),
            ("four", Member(copy, [0, 2, 72])));

        var shorter = graph.WithoutRepeats();

        Assert.Equal(12, graph.Nodes.Count);
        Assert.Equal(["Conv", "Relu", "Reshape", "Conv", "Relu", "Reshape", "Reshape"], shorter.Nodes.Select(node =>
            node.Operation.Name));
        Assert.Equal(["one", "two", "three", "four"], shorter.Outputs.Select(output => output.Name));
        Assert.Same(shorter.Outputs[0].Value, shorter.Outputs[1].Value);
        Assert.Equal(2, shorter.Constants.Count);
        var input = rand(3, 1, 8, 8);
        using var expected = new GraphModule(graph);
        using var actual = new GraphModule(shorter);
        foreach (var (a, b) in expected.Outputs(input).Zip(actual.Outputs(input)))
            Assert.True(a.Equals(b));
    }
}
