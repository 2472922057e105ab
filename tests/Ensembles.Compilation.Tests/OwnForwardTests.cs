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
    public void What_is_no_row_keeps_its_own_forward()
    {
        using var scope = NewDisposeScope();
        var network = new Joined();
        network.eval();

        Assert.Null(Lowering.OfGraph(network, rand(3, 2, 12, 12), CPU));
        Assert.Equal(["Joined"], CompiledComponent.Of("own", network, CPU, rand(3, 2, 12, 12)).Network.OwnForward);
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

/// <summary>Two ways put beside each other.</summary>
[Compiled]
sealed partial class Joined : Module<Tensor, Tensor>
{
    readonly Module<Tensor, Tensor> a = Conv2d(2, 2, 3);
    readonly Module<Tensor, Tensor> b = Conv2d(2, 2, 3);

    public Joined() : base(nameof(Joined)) => RegisterComponents();

    public override Tensor forward(Tensor x) => cat([a.call(x), b.call(x)], 1).flatten(1);
}
