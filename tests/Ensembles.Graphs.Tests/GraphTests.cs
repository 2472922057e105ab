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
}
