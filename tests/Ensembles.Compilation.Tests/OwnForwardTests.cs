using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>What plans make of a forward that was read from its source.</summary>
public class OwnForwardTests
{
    [Fact]
    public void It_becomes_layers_with_its_normalisations_folded()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var network = new OwnResNet();
        network.eval();
        var images = rand(3, 2, 12, 12);

        var component = CompiledComponent.Of("own", network, CPU, images);

        Assert.Null(component.RunsAsIs);
        Assert.Empty(component.Network.OwnForward);
        Assert.Equal(6, component.Network.FoldedNorms);
        Assert.Equal(2, component.Network.Layers.Count(layer => layer is ResidualLayer));
        Assert.Equal(6, component.Network.AllLayers.Count(layer => layer is ConvLayer));
        PlanAssert.Close(network.call(images), component.Network.Run(images), 1e-5);
    }

    [Fact]
    public void A_row_of_sums_is_found_however_it_is_written()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var network = new Sums();
        network.eval();
        var images = rand(3, 2, 12, 12);

        using var lowered = Lowering.OfGraph(network, images, CPU);

        PlanAssert.Close(network.call(images), lowered!.Run(images), 1e-5);
    }

    [Fact]
    public void Ways_that_are_joined_are_layers_with_their_normalisations_folded()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var network = new Joining();
        Given.Settle(network);
        network.eval();
        var images = rand(3, 2, 12, 12);

        var component = CompiledComponent.Of("own", network, CPU, images);

        Assert.Empty(component.Network.OwnForward);
        Assert.Equal(1, component.Network.FoldedNorms);
        Assert.Equal(2, component.Network.Layers.Count(layer => layer is ConcatLayer));
        Assert.DoesNotContain(component.Network.AllLayers, layer => layer is GraphLayer);
        PlanAssert.Close(network.call(images), component.Network.Run(images), 1e-5);
        foreach (var path in new[] { ConvolutionPath.Plain, ConvolutionPath.ChannelsLast, ConvolutionPath.Fused })
        {
            using var variant = component.Network.Variant(path, ScalarType.Float32, images);
            PlanAssert.Close(network.call(images), variant.Run(images), 1e-5);
        }
    }

    [Fact]
    public void Attention_is_a_part_between_layers()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var network = new Attending();
        network.eval();
        var images = rand(3, 2, 12, 12);

        var component = CompiledComponent.Of("own", network, CPU, images);

        Assert.Empty(component.Network.OwnForward);
        Assert.IsType<ConvLayer>(component.Network.Layers[0]);
        Assert.IsType<LinearLayer>(component.Network.Layers[^1]);
        Assert.Contains(component.Network.AllLayers, layer => layer is GraphLayer);
        using var half = component.Network.Variant(ConvolutionPath.ChannelsLast, ScalarType.BFloat16, images);
        PlanAssert.Close(network.call(images), component.Network.Run(images), 1e-5);
        PlanAssert.Close(network.call(images), half.Run(images), 0.02);
    }

    [Fact]
    public void What_two_ways_lead_through_is_computed_once()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var network = new Chained();
        network.eval();
        var images = rand(3, 2, 12, 12);

        using var lowered = Lowering.OfGraph(network, images, CPU)!;

        Assert.Equal(["part"], lowered.Layers.Take(1).Select(layer => layer is GraphLayer ? "part" : "another"));
        PlanAssert.Close(network.call(images), lowered.Run(images), 1e-5);
    }
}

/// <summary>Sums in sums, scales of channels and of all, and functions in between.</summary>
[Compiled]
sealed partial class Sums : Module<Tensor, Tensor>
{
    readonly Module<Tensor, Tensor> a = Conv2d(2, 2, 3, padding: 1);
    readonly Module<Tensor, Tensor> b = Conv2d(2, 2, 1);
    readonly Module<Tensor, Tensor> c = Linear(288, 4);
    readonly Tensor mean = tensor(new[] { 0.4f, 0.6f }).view(2, 1, 1);

    public Sums() : base(nameof(Sums)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = (1 - (x - mean)) / 0.5;
        var y = a.call(x);
        var z = b.call(y).sigmoid() + y + x;
        return c.call((z + functional.avg_pool2d(z, 3, stride: 1, padding: 1) * 2).flatten(1)).softmax(1);
    }
}

/// <summary>Ways put beside each other, of which one goes on from another.</summary>
[Compiled]
sealed partial class Chained : Module<Tensor, Tensor>
{
    readonly Module<Tensor, Tensor> a = Conv2d(2, 2, 3, padding: 1);
    readonly Module<Tensor, Tensor> b = Conv2d(2, 2, 3, padding: 1);

    public Chained() : base(nameof(Chained)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var first = a.call(x);
        return cat([x, first, b.call(first)], 1).flatten(1);
    }
}
