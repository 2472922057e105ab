using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Networks;

/// <summary>The graphs of the shipped networks, which the generator reads from their source.</summary>
public class NetworkGraphTests
{
    public static TheoryData<string> Names => EveryNetwork.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void A_graph_computes_what_forward_does_in_as_many_products(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var network = EveryNetwork.Make(name);
        EveryNetwork.Disturb(network);
        network.eval();
        Assert.IsAssignableFrom<IGraphSource>(network);
        using var graph = new GraphModule(network.ToGraph(rand(2, 1, Bars.Size, Bars.Size)));
        var images = rand(5, 1, Bars.Size, Bars.Size);

        TensorAssert.Near(network.call(images), graph.call(images), 1e-4);
        Assert.Equal(
            network.modules().Count(module => module is TorchSharp.Modules.Conv2d or TorchSharp.Modules.Linear),
            graph.Graph.Nodes.Count(node => node.Operation is Conv or Gemm));
    }
}
