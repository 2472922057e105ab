using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>Writes a graph as an ONNX model of operator set 17, which runtimes read since 2022.</summary>
sealed class GraphWriter
{
    const long OperatorSet = 17, IrVersion = 8;

    readonly Dictionary<string, Tensor> added = [];
    readonly HashSet<string> names;

    GraphWriter(Graph graph) => names =
    [
        .. graph.Inputs.Concat(graph.Constants).Concat(graph.Nodes.SelectMany(node => node.Outputs))
            .Select(value => value.Name),
        .. graph.Outputs.Select(output => output.Name),
    ];

    /// <summary>The bytes of the model.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="metadata">Free text by name.</param>
    /// <exception cref="GraphException">An operation that ONNX does not have, or more than 2 GB.</exception>
    public static byte[] Write(Graph graph, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var bytes = graph.Constants.Sum(constant => constant.Tensor!.numel() * constant.Tensor.element_size());
        if (bytes > int.MaxValue / 4 * 3)
            throw new GraphException($"Its weights take {bytes} bytes, and one ONNX file holds 1.5 GB.");
        using var scope = NewDisposeScope();
        var model = new WireWriter();
        model.Int64(1, IrVersion);
        model.Text(2, "Ensembles");
        model.Inner(7, new GraphWriter(graph).Graph(graph));
        model.Inner(8, set => set.Int64(2, OperatorSet));
        foreach (var (key, value) in (metadata ?? new Dictionary<string, string>()).OrderBy(
            entry => entry.Key, StringComparer.Ordinal))
        {
            model.Inner(14, entry =>
            {
                entry.Text(1, key);
                entry.Text(2, value);
            });
        }

        return model.Message.ToArray();
    }

    Action<WireWriter> Graph(Graph graph) => writer =>
    {
        foreach (var node in graph.Nodes)
            Write(writer, node);
        foreach (var (name, value) in graph.Outputs.Where(output => output.Name != output.Value.Name))
            Node(writer, "", "Identity", [value.Name], [name], []);
        writer.Text(2, graph.Name);
        foreach (var constant in graph.Constants)
            Initializer(writer, constant.Name, constant.Tensor!);
        foreach (var (name, tensor) in added)
            Initializer(writer, name, tensor);
        foreach (var input in graph.Inputs)
            writer.Inner(11, info => Info(info, input.Name, input.Type));
        foreach (var (name, value) in graph.Outputs)
            writer.Inner(12, info => Info(info, name, value.Type));
    };

    void Write(WireWriter writer, Node node)
    {
        string[] inputs = [.. node.Inputs.Select(input => input?.Name ?? "")];
        string[] outputs = [.. node.Outputs.Select(output => output.Name)];
        switch (node.Operation)
        {
            // Operator set 18 has Mish and 20 has Gelu; before them they are written as what they are made of.
            case Unary { Function: UnaryFunction.Mish }:
                var soft = Named("Softplus", inputs[0]);
                Node(writer, "", "Mul", [inputs[0], Named("Tanh", soft)], outputs, []);
                break;
            case Gelu { IsApproximate: false }:
                var half = Named("Mul", inputs[0], Constant("half", tensor(0.5f)));
                var scaled = Named("Mul", inputs[0], Constant("root", tensor((float)Math.Sqrt(0.5))));
                var both = Named("Add", Named("Erf", scaled), Constant("one", tensor(1f)));
                Node(writer, "", "Mul", [half, both], outputs, []);
                break;
            case Gelu:
                throw new GraphException("Gelu approximated by a hyperbolic tangent is in no operator set up to 17.");
            default:
                var further = node.Operation.ConstantInputs
                    .Select((t, i) => t is null ? "" : Constant($"{outputs[0]}_{i}", t));
                Node(writer, node.Name, node.Operation.Name, [.. inputs, .. further], outputs,
                    node.Operation.Attributes);
                break;
        }

        string Named(string operation, params string[] of)
        {
            var name = Unique($"{outputs[0]}_{operation.ToLowerInvariant()}");
            Node(writer, "", operation, of, [name], []);
            return name;
        }
    }

    static void Node(
        WireWriter writer, string name, string operation, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs,
        IEnumerable<(string Name, object Value)> attributes) => writer.Inner(1, node =>
    {
        var count = inputs.Count;
        while (count > 0 && inputs[count - 1].Length == 0)
            count--;
        foreach (var input in inputs.Take(count))
            node.Text(1, input);
        foreach (var output in outputs)
            node.Text(2, output);
        if (name.Length > 0)
            node.Text(3, name);
        node.Text(4, operation);
        foreach (var (key, value) in attributes)
            node.Inner(5, attribute => Attribute(attribute, key, value));
    });

    internal static void Attribute(WireWriter writer, string name, object value)
    {
        writer.Text(1, name);
        switch (value)
        {
            case float number:
                writer.Float(2, number);
                writer.Int64(20, 1);
                break;
            case long number:
                writer.Int64(3, number);
                writer.Int64(20, 2);
                break;
            case ScalarType type:
                writer.Int64(3, ElementTypes.NumberOf(type));
                writer.Int64(20, 2);
                break;
            case string text:
                writer.Text(4, text);
                writer.Int64(20, 3);
                break;
            case long[] numbers:
                foreach (var number in numbers)
                    writer.Int64(8, number);
                writer.Int64(20, 7);
                break;
            default:
                throw new NotSupportedException($"{name} is {value.GetType()}.");
        }
    }

    string Constant(string name, Tensor tensor)
    {
        var unique = Unique(name);
        added.Add(unique, tensor);
        return unique;
    }

    string Unique(string wanted)
    {
        var unique = wanted;
        for (var i = 1; !names.Add(unique); i++)
            unique = $"{wanted}_{i}";
        return unique;
    }

    internal static void Initializer(WireWriter writer, string name, Tensor tensor) => writer.Inner(5, inner =>
    {
        foreach (var size in tensor.shape)
            inner.Int64(1, size);
        inner.Int64(2, ElementTypes.NumberOf(tensor.dtype));
        inner.Text(8, name);
        using var scope = NewDisposeScope();
        inner.Bytes(9, tensor.numel() == 0 ? [] : tensor.detach().cpu().contiguous().bytes);
    });

    internal static void Info(WireWriter writer, string name, TensorType type)
    {
        writer.Text(1, name);
        writer.Inner(2, value => value.Inner(1, tensor =>
        {
            tensor.Int64(1, ElementTypes.NumberOf(type.Type));
            tensor.Inner(2, shape =>
            {
                foreach (var size in type.Shape)
                {
                    shape.Inner(1, dimension =>
                    {
                        if (size.IsBatch)
                            dimension.Text(2, size.ToString());
                        else
                            dimension.Int64(1, size.Factor);
                    });
                }
            });
        }));
    }
}
