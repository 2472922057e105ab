using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Modules as graphs.</summary>
public static class ModuleGraphs
{
    /// <summary>How far an output may lie from forward's own, as a share of 1 or of its size.</summary>
    const double Tolerance = 1e-5;

    /// <summary>
    /// What a module computes in evaluation mode, as a graph for any number of images: TorchSharp's layers and rows of
    /// them, <see cref="ILayered"/>, <see cref="IResidual"/>, and what is an <see cref="IGraphSource"/>, as partial
    /// modules with <see cref="CompiledAttribute"/> and partial defenses are.
    /// </summary>
    /// <remarks>
    /// The graph has been compared with <c>forward</c> on the sample images. Its constants are the module's own
    /// tensors; what <c>forward</c> computes of them by itself is left to the dispose scope around.
    /// </remarks>
    /// <param name="module">The module, in evaluation mode.</param>
    /// <param name="samples">What it is given, float32 [n, ...]: images [n, C, H, W], say.</param>
    /// <exception cref="GraphException">
    /// A part that no graph is made of, or a graph that computes something else than <c>forward</c> does.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static Graph ToGraph(this nn.Module<Tensor, Tensor> module, Tensor samples)
    {
        EvaluationMode.ThrowIfTraining([module], module.GetName());
        var graph = Captured(module, samples);
        ThrowIfOther(module, graph, samples);
        return graph;
    }

    /// <summary>The same graph, which nobody has compared; of evaluation mode, whichever the module is in.</summary>
    internal static Graph Captured(nn.Module<Tensor, Tensor> module, Tensor samples)
    {
        var capture = new Capture(module.GetName(), module);
        var input = capture.Graph.Input(
            "input", samples.dtype, [Dimension.Batch, .. samples.shape.Skip(1).Select(size => new Dimension(size))]);
        return capture.Graph.Build(("output", capture.Of(module, input)));
    }

    static void ThrowIfOther(nn.Module<Tensor, Tensor> module, Graph graph, Tensor samples)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var run = new GraphModule(graph);
        var (own, found) = (module.call(samples), run.call(samples));
        if (!own.shape.SequenceEqual(found.shape))
            throw Other($"outputs [{string.Join(", ", found.shape)}]", $"[{string.Join(", ", own.shape)}]");
        var off = (found - own).abs() - (Tolerance * own.abs().clamp_min(1));
        if (own.numel() == 0 || found.allclose(own, Tolerance, Tolerance, equal_nan: true))
            return;
        var worst = off.nan_to_num(double.MaxValue).reshape(-1).argmax().item<long>();
        throw Other($"{At(found):R} for output {worst}", $"{At(own):R}");

        float At(Tensor outputs) => outputs.reshape(-1)[worst].item<float>();

        GraphException Other(string graphs, string forwards) => new(
            $"The graph of {module.GetType().Name} gives {graphs} of the sample images, and its forward {forwards}. A "
                + $"module that is {nameof(ILayered)} or writes its own graph may say another thing than its forward "
                + "does; one that changes tensors in place may change what another name shows.");
    }
}
