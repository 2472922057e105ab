using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs;

/// <summary>
/// Writes a graph down, operation by operation: each is checked against what it is given, and its results have their
/// shapes, as it is added. An operation is given values that exist, so that a graph never goes round in a circle.
/// </summary>
/// <param name="name">The graph's name.</param>
public sealed class GraphBuilder(string name)
{
    /// <summary>The most elements of a value for an image: 64 MB.</summary>
    const long MostElements = 1L << 24;

    readonly List<Value> inputs = [];
    readonly List<Node> nodes = [];
    readonly HashSet<string> names = [];

    /// <summary>The values that are in it.</summary>
    readonly HashSet<Value> values = [];

    /// <summary>Writes down what a module that is called computes; null where no module can be.</summary>
    public Func<Module<Tensor, Tensor>, Value, Value>? Calls { get; init; }

    /// <summary>
    /// Finds the value of a tensor that a module holds under a name; null where each is a weight of that name.
    /// </summary>
    public Func<string, Tensor, Value>? Holds { get; init; }

    /// <summary>Adds what a module computes of a value in evaluation mode.</summary>
    /// <param name="module">The module: a layer of TorchSharp's, a row of them, or one that writes itself down.</param>
    /// <param name="input">What it is given.</param>
    /// <exception cref="GraphException">It cannot be written down.</exception>
    public Value Call(Module<Tensor, Tensor> module, Value input) => Calls is null
        ? throw new GraphException($"Nobody here writes down what {module.GetName()} computes.")
        : Calls(module, input);

    /// <inheritdoc cref="Call(Module{Tensor, Tensor}, Value)"/>
    public Term Call(Module<Tensor, Tensor> module, Term input) => new(this, Call(module, input.Value));

    /// <summary>The value of a tensor that a module holds, be it a weight or a constant.</summary>
    /// <param name="name">Its name there.</param>
    /// <param name="tensor">The tensor, whose owner stays who made it; null for none.</param>
    /// <returns>Null for none.</returns>
    [return: NotNullIfNotNull(nameof(tensor))]
    public Term? Held(string name, Tensor? tensor) =>
        tensor is null ? null : new(this, Holds is null ? Weight(name, tensor) : Holds(name, tensor));

    /// <summary>What the graph is given.</summary>
    /// <param name="name">The input's name.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">Its shape, with <see cref="Dimension.Batch"/> for N.</param>
    public Value Input(string name, ScalarType type, params IEnumerable<Dimension> shape)
    {
        var value = Known(new Value(Unique(name), new(type, Bounded(new(shape), name))));
        inputs.Add(value);
        return value;
    }

    /// <summary>A constant that belongs to what was trained, and stands in state dicts by its name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tensor">The tensor, whose owner stays who made it.</param>
    public Value Weight(string name, Tensor tensor) => Constant(name, tensor, isWeight: true);

    /// <summary>A constant that belongs to how the network is made.</summary>
    /// <param name="tensor">The tensor, whose owner stays who made it.</param>
    /// <param name="name">Its name.</param>
    public Value Constant(Tensor tensor, string name = "constant") => Constant(name, tensor, isWeight: false);

    /// <summary>Adds an operation with one output.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="inputs">What it is given, null for an input that is left out.</param>
    /// <exception cref="GraphException">It does not fit what it is given.</exception>
    public Value Add(SingleOperation operation, params IReadOnlyList<Value?> inputs) =>
        Add("", operation, inputs, [])[0];

    /// <summary>Adds an operation.</summary>
    /// <param name="name">The node's name, for messages; may be empty.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="inputs">What it is given, null for an input that is left out.</param>
    /// <param name="outputs">Names of its outputs; where there are too few or they are taken, others are made.</param>
    /// <exception cref="GraphException">It does not fit what it is given.</exception>
    public IReadOnlyList<Value> Add(
        string name, Operation operation, IReadOnlyList<Value?> inputs, IReadOnlyList<string> outputs)
    {
        var (fewest, most) = operation.InputCount;
        if (inputs.Count < fewest || inputs.Count > most)
            throw new GraphException(
                $"{Place(name, operation)}: it has {inputs.Count} inputs, and needs {fewest}"
                    + (most > fewest ? " or more." : "."));
        if (inputs.OfType<Value>().FirstOrDefault(input => !values.Contains(input)) is { } foreign)
            throw new GraphException($"{Place(name, operation)}: {foreign.Name} is a value of another graph.");
        IReadOnlyList<TensorType> types;
        try
        {
            types = operation.Infer([.. inputs.Select(input => input?.Type)]);
        }
        catch (Exception exception) when (exception is GraphException or OverflowException)
        {
            throw new GraphException($"{Place(name, operation)}: {exception.Message}");
        }

        var results = types
            .Select((type, i) => Known(new Value(
                Unique(i < outputs.Count && outputs[i].Length > 0 ? outputs[i] : operation.Name.ToLowerInvariant()),
                type with { Shape = Bounded(type.Shape, Place(name, operation)) })))
            .ToArray();
        nodes.Add(new(name, operation, [.. inputs], results));
        return results;
    }

    /// <summary>Adds all operations of a graph, and gives its outputs.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="inputs">What it is given.</param>
    /// <param name="tensors">The tensors of its constants; null for its own.</param>
    /// <exception cref="GraphException">It does not fit what it is given.</exception>
    public IReadOnlyList<Value> Add(
        Graph graph, IReadOnlyList<Value> inputs, IReadOnlyDictionary<Value, Tensor>? tensors = null)
    {
        if (inputs.Count != graph.Inputs.Count)
            throw new GraphException($"{graph.Name} is given {inputs.Count} values, and takes {graph.Inputs.Count}.");
        var here = new Dictionary<Value, Value>();
        foreach (var (own, given) in graph.Inputs.Zip(inputs))
        {
            if (own.Type.Type != given.Type.Type || !own.Type.Shape.Equals(given.Type.Shape))
                throw new GraphException($"{graph.Name} takes {own.Type}, and is given {given.Type}.");
            here[own] = given;
        }

        foreach (var constant in graph.Constants)
            here[constant] = Constant(constant.Name, tensors?[constant] ?? constant.Tensor!, constant.IsWeight);
        foreach (var node in graph.Nodes)
        {
            var results = Add(
                node.Name, node.Operation, [.. node.Inputs.Select(input => input is null ? null : here[input])],
                [.. node.Outputs.Select(output => output.Name)]);
            foreach (var (own, result) in node.Outputs.Zip(results))
                here[own] = result;
        }

        return [.. graph.Outputs.Select(output => here[output.Value])];
    }

    /// <summary>The graph of what was added so far, without what its outputs do not need.</summary>
    /// <param name="outputs">What it gives, under their names.</param>
    public Graph Build(params IReadOnlyList<(string Name, Value Value)> outputs) =>
        outputs.FirstOrDefault(output => !values.Contains(output.Value)) is { Value: { } foreign }
            ? throw new GraphException($"The output {foreign.Name} is a value of another graph.")
            : new Graph(name, [.. inputs], [.. nodes], outputs).For(outputs);

    Value Constant(string name, Tensor tensor, bool isWeight) =>
        Known(new Value(Unique(name), TensorType.Of(tensor), tensor, isWeight));

    Value Known(Value value)
    {
        values.Add(value);
        return value;
    }

    string Unique(string wanted)
    {
        var unique = wanted;
        for (var i = 1; !names.Add(unique); i++)
            unique = $"{wanted}_{i}";
        return unique;
    }

    static Shape Bounded(Shape shape, string place) => shape.Elements <= MostElements
        ? shape
        : throw new GraphException(
            $"{place}: {shape} has {shape.Elements} elements for an image, and a graph holds at most {MostElements}.");

    static string Place(string name, Operation operation) =>
        name.Length == 0 || name == operation.Name ? operation.Name : $"{operation.Name} {name}";
}
