using Ensembles.Graphs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Generators.Tests.Graphs;

/// <summary>The emitted graph of a network computes what its forward does.</summary>
public class GraphTests
{
    public static TheoryData<string> Networks() => [.. made.Keys];

    static readonly Dictionary<string, Func<Module<Tensor, Tensor>>> made = new()
    {
        ["PlainCnn"] = () => new PlainCnn(),
        ["Block"] = () => new Block(3, 4, 2),
        ["Block without a shortcut"] = () => new Block(3, 3, 1),
        ["Residual"] = () => new Residual(),
        ["Branching"] = () => new Branching(1, normalized: true),
        ["Branching another way"] = () => new Branching(2, normalized: false),
        ["Attention"] = () => new Attention(),
        ["Squeezed"] = () => new Squeezed(0.3),
        ["Queried"] = () => new Queried(),
        ["Hourglass"] = () => new Hourglass(),
        ["Chosen"] = () => new Chosen(),
        ["Bracketed"] = () => new Bracketed(),
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_graph_equals_forward(string network)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var module = made[network]();
        using var noGradient = no_grad();
        foreach (var (_, buffer) in module.named_buffers().Where(buffer => buffer.buffer.is_floating_point()))
            buffer.uniform_(0.5, 1.5);
        module.eval();
        Assert.IsAssignableFrom<IGraphSource>(module);

        var graph = module.ToGraph(rand(4, 3, 8, 8));
        using var run = new GraphModule(graph);
        foreach (var count in new[] { 1, 5 })
        {
            var images = rand(count, 3, 8, 8);
            var (expected, found) = (module.call(images), run.call(images));
            Assert.Equal(expected.shape, found.shape);
            Assert.True(found.allclose(expected, 1e-5, 1e-6), $"{(found - expected).abs().max().item<float>()}");
        }
    }
}
