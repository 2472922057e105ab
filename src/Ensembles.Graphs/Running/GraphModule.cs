using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs;

/// <summary>
/// A graph as a module, with gradients: images to the graph's first output. Weights that training moves are parameters,
/// other weights buffers, under their names in the graph; constants move with the module and are in no state dict.
/// </summary>
/// <remarks>It has tensors of its own: those of the graph may be disposed, and stay as they are.</remarks>
public sealed class GraphModule : Module<Tensor, Tensor>
{
    readonly Dictionary<Value, string> constants = [];
    readonly IReadOnlyList<Value>[] lastUses;

    /// <summary>Makes the module, in evaluation mode.</summary>
    /// <param name="graph">A graph with one input.</param>
    /// <exception cref="GraphException">A graph with none or several.</exception>
    public GraphModule(Graph graph) : base(graph.Name)
    {
        if (graph.Inputs.Count != 1)
            throw new GraphException($"A module is given one tensor, and {graph.Name} {graph.Inputs.Count}.");
        Graph = graph;
        lastUses = LastUses(graph);
        var trained = graph.Nodes
            .SelectMany(node => node.Inputs.Where((_, i) => node.Operation.IsTrained(i)))
            .OfType<Value>()
            .Concat(Biases(graph))
            .ToHashSet();
        foreach (var constant in graph.Constants)
            Register(constant, constant.IsWeight && constant.Type.IsFloating && trained.Contains(constant));
        eval();
    }

    /// <summary>The graph; the tensors of its constants may be other ones than the module's.</summary>
    public Graph Graph { get; }

    /// <summary>The tensors of the graph's constants as they are now.</summary>
    public IReadOnlyDictionary<Value, Tensor> Tensors
    {
        get
        {
            // Moving the module replaces them; constants are in no list of buffers.
            var trained = named_parameters(recurse: false).ToDictionary(p => p.name, p => (Tensor)p.parameter);
            return constants.ToDictionary(
                constant => constant.Key,
                constant => trained.GetValueOrDefault(constant.Value) ?? get_buffer(constant.Value)!);
        }
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        var outputs = Outputs(images);
        foreach (var other in outputs.Skip(1))
            other.Dispose();
        return outputs[0];
    }

    /// <summary>All outputs of the graph, in their order.</summary>
    /// <param name="images">What the graph is given.</param>
    /// <exception cref="ArgumentException">A tensor that does not fit the graph's input.</exception>
    public IReadOnlyList<Tensor> Outputs(Tensor images)
    {
        var run = new RunContext(CountOf(images), training);
        using var scope = NewDisposeScope();
        var found = new Dictionary<Value, Tensor> { [Graph.Inputs[0]] = images };
        foreach (var (constant, tensor) in Tensors)
            found[constant] = tensor;
        for (var i = 0; i < Graph.Nodes.Count; i++)
        {
            var node = Graph.Nodes[i];
            var results = node.Operation.Run(
                [.. node.Inputs.Select(input => input is null ? null : found[input])], run);
            for (var j = 0; j < node.Outputs.Count; j++)
                found[node.Outputs[j]] = results[j];
            foreach (var used in lastUses[i])
            {
                found[used].Dispose();
                found.Remove(used);
            }
        }

        // A caller may dispose what it gets: never the images or a weight themselves, and no tensor twice.
        return [.. Graph.Outputs.Select(output => found[output.Value].alias().MoveToOuterDisposeScope())];
    }

    /// <summary>The number of images N that makes the input's shape.</summary>
    long CountOf(Tensor images)
    {
        var (expected, shape) = (Graph.Inputs[0].Type, Shape.Of(images.shape));
        var batch = expected.Shape.Select((size, i) => (size, i)).FirstOrDefault(s => s.size.IsBatch);
        var count = batch.size.IsBatch && batch.i < shape.Count ? shape[batch.i].Factor / batch.size.Factor : 1;
        return expected.Shape.At(count).SequenceEqual(images.shape) && images.is_floating_point() == expected.IsFloating
            ? count
            : throw new ArgumentException(
                $"{GetName()} takes {expected}, and this tensor is {images.dtype} {shape}.", nameof(images));
    }

    void Register(Value constant, bool isTrained)
    {
        var name = constants[constant] = NameOf(constant);
        var tensor = constant.Tensor!.detach().clone().DetachFromDisposeScope();
        if (isTrained)
            register_parameter(name, new Parameter(tensor));
        else
            register_buffer(name, tensor, persistent: constant.IsWeight);
    }

    /// <summary>Its name; state dicts join names by dots, and an empty one is none.</summary>
    string NameOf(Value constant)
    {
        var name = constant.Name.Length == 0 ? "_" : constant.Name;
        while (constants.ContainsValue(name))
            name += "_";
        return name;
    }

    /// <summary>What is added to what a weight was multiplied with.</summary>
    static IEnumerable<Value> Biases(Graph graph)
    {
        var products = graph.Nodes
            .Where(node => node.Operation is MatMul or Gemm or Conv)
            .SelectMany(node => node.Outputs)
            .ToHashSet();
        return graph.Nodes
            .Where(node => node.Operation is Binary { Function: BinaryFunction.Add }
                && node.Inputs.Any(input => products.Contains(input!)))
            .SelectMany(node => node.Inputs)
            .OfType<Value>();
    }

    /// <summary>For each node the values that nobody needs behind it.</summary>
    static IReadOnlyList<Value>[] LastUses(Graph graph)
    {
        var outputs = graph.Outputs.Select(output => output.Value).ToHashSet();
        var made = graph.Nodes.SelectMany(node => node.Outputs).ToHashSet();
        var last = new Dictionary<Value, int>();
        for (var i = 0; i < graph.Nodes.Count; i++)
        {
            foreach (var value in graph.Nodes[i].Inputs.OfType<Value>().Concat(graph.Nodes[i].Outputs))
                last[value] = i;
        }

        var uses = last
            .Where(use => made.Contains(use.Key) && !outputs.Contains(use.Key))
            .ToLookup(use => use.Value, use => use.Key);
        return [.. Enumerable.Range(0, graph.Nodes.Count).Select(i => (IReadOnlyList<Value>)[.. uses[i]])];
    }
}
