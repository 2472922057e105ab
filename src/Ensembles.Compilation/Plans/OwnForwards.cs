using Ensembles.Graphs;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// An ensemble's decisions as a user's loop makes them: each component's own forward, operation by operation, on a
/// copy. In the place of one that cannot be copied stands its graph, run by torch.
/// </summary>
sealed class OwnForwards : IDisposable
{
    readonly Components components;
    readonly Dictionary<string, FrozenNetwork> copies = [];

    /// <summary>
    /// Copies the components. One that cannot be copied is called once, to compare its graph with it.
    /// </summary>
    /// <exception cref="GraphException">One of which there is neither a copy that runs nor a graph.</exception>
    public OwnForwards(Components components, Tensor sample)
    {
        this.components = components;
        try
        {
            using var scope = NewDisposeScope();
            components.Ask(sample, (component, seen) =>
            {
                copies.Add(component.Name, Copy(component.Module, seen));
                return copies[component.Name].Run(seen);
            });
        }
        catch (Exception exception)
        {
            Dispose();
            if (exception is GraphException)
                throw;
            throw new GraphException($"A copy of a component fails: {exception.Message}");
        }
    }

    /// <summary>
    /// The decision on images on the CPU, without gradients and without what it takes to record them later.
    /// </summary>
    public Decision Decide(Tensor images)
    {
        using var inference = inference_mode();
        var (logits, gateScores) = components.Ask(images, (component, seen) => copies[component.Name].Run(seen));
        var (scores, labels) = components.Rule.Decide(logits, gateScores);
        return new(scores, labels, logits, gateScores);
    }

    static FrozenNetwork Copy(Module<Tensor, Tensor> module, Tensor seen)
    {
        try
        {
            return new([ModuleCopier.Layer(module, CPU, lower: false)]);
        }
        catch (NotCopiedException)
        {
            using var mode = ModuleMode.Keep(module);
            module.eval();
            var graph = new GraphModule(module.ToGraph(seen));
            return new([new ModuleLayer(graph, oneAtATime: false, [graph])]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var copy in copies.Values)
            copy.Dispose();
    }
}
