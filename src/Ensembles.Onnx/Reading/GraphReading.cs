using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>How an input of a file becomes an input of a graph.</summary>
/// <param name="Sizes">The sizes behind the batch that hold where the file leaves them open; null for none.</param>
sealed record InputSizes(IReadOnlyList<long>? Sizes = null);

/// <summary>Makes a graph of a file.</summary>
static class GraphReading
{
    /// <summary>The most work for an image: three times that of ViT-L/16.</summary>
    const double MostWork = 2e11;

    /// <summary>The graph, whose tensors are left to the dispose scope around.</summary>
    /// <param name="file">The file.</param>
    /// <param name="sizes">Sizes that hold where the file leaves them open, or others than it says.</param>
    /// <param name="output">The value that it gives, any in the file; null for the file's outputs.</param>
    /// <exception cref="InvalidDataException">What cannot be read, and where it stands.</exception>
    public static Graph Of(OnnxFile file, InputSizes sizes, string? output = null)
    {
        try
        {
            var graph = Read(file, sizes, output);
            return graph.Work <= MostWork ? graph : throw new InvalidDataException(
                $"it takes about {graph.Work:E1} operations for an image, and at most {MostWork:E1} are run here");
        }
        catch (Exception exception) when (exception is InvalidDataException or GraphException or OverflowException)
        {
            throw OnnxFile.Wrong(file.Path, exception);
        }
    }

    static Graph Read(OnnxFile file, InputSizes sizes, string? output)
    {
        var model = file.Model;
        var version = Version(model);
        var builder = new GraphBuilder(model.Graph.Name.Length > 0 ? model.Graph.Name : "onnx");
        var tensors = new TensorReader(new(Path.GetDirectoryName(Path.GetFullPath(file.Path))!));
        var values = new Dictionary<string, Value>();
        // What an operator gives that is not read, and why: labels, mostly, which nobody asks for here.
        var unread = new Dictionary<string, string>();
        foreach (var initializer in model.Graph.Initializers)
            Add(initializer.Name, Constant(builder, initializer, tensors.Read(initializer)));

        long? fixedBatch = null;
        foreach (var input in model.Graph.Inputs.Where(input => !values.ContainsKey(input.Name)))
        {
            Add(input.Name, Input(builder, input, sizes));
            fixedBatch = input.Sizes is [{ } batch, ..] ? batch : null;
        }

        var work = 0.0;
        foreach (var (i, node) in model.Graph.Nodes.Index())
        {
            if (node.Inputs.FirstOrDefault(unread.ContainsKey) is { } without)
            {
                Leave(node, unread[without]);
                continue;
            }

            var (results, obstacle) = Read(node, i);
            if (obstacle is not null)
                Leave(node, obstacle);
            foreach (var (name, result) in node.Outputs.Zip(results).Where(output => output.First.Length > 0))
                Add(name, result);
        }

        string[] names = output is null ? [.. model.Graph.Outputs.Select(info => info.Name)] : [output];
        var read = names.Where(name => !unread.ContainsKey(name)).ToArray();
        if (names.Length > 0 && read.Length == 0)
            throw new InvalidDataException(unread[names[0]]);
        var outputs = read.Select(name => (name, Value: values.GetValueOrDefault(name)
            ?? throw new InvalidDataException($"no value \"{name}\" is in it, and it should be given"))).ToArray();
        return outputs.Length > 0 ? builder.Build(outputs) : throw new InvalidDataException("it has no output");

        void Leave(OnnxNode node, string why)
        {
            foreach (var name in node.Outputs.Where(name => name.Length > 0))
                unread.TryAdd(name, why);
        }

        void Add(string name, Value value)
        {
            if (name.Length == 0 || !values.TryAdd(name, value))
                throw new InvalidDataException($"the name \"{name}\" stands for two values");
        }

        (IReadOnlyList<Value> Results, string? Obstacle) Read(OnnxNode node, int place)
        {
            var where = node.Name.Length > 0 ? $"the node \"{node.Name}\"" : $"node {place}";
            Value? Named(string name) => name.Length == 0 ? null
                : values.GetValueOrDefault(name) ?? throw new InvalidDataException(
                    $"{where} ({node.OpType}) uses \"{name}\", which nothing before it gives");
            var reading = new NodeReading(builder, node, version, [.. node.Inputs.Select(Named)], tensors)
            {
                FixedBatch = fixedBatch,
            };
            try
            {
                if (OperatorTable.Read(reading) is not { } results)
                    return ([], $"{where} ({Called(node)}, operator set {version}): the operator is not among those "
                        + "read here: " + string.Join(", ", OperatorTable.Names));
                foreach (var result in results)
                    work += 10.0 * result.Type.Shape.Elements;
                return work <= MostWork
                    ? (results, null)
                    : throw new InvalidDataException("all before it are more than fit");
            }
            catch (Exception exception) when (exception is InvalidDataException or GraphException or OverflowException)
            {
                throw new InvalidDataException(
                    $"{where} ({node.OpType}, operator set {version}): {exception.Message.TrimEnd('.')}", exception);
            }
        }
    }

    static string Called(OnnxNode node) =>
        node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.OpType} of \"{node.Domain}\"";

    static long Version(OnnxModel model)
    {
        var version = model.OperatorSets.GetValueOrDefault("", 1);
        return version is >= OperatorTable.Oldest and <= OperatorTable.Newest
            ? version
            : throw new InvalidDataException(
                $"it is written in operator set {version}, and {OperatorTable.Oldest} to {OperatorTable.Newest} are "
                    + "read here: onnx.version_converter, in Python, writes another");
    }

    /// <summary>Floating-point tensors are weights; single numbers and whole ones say how it is made.</summary>
    static Value Constant(GraphBuilder builder, OnnxTensor from, Tensor tensor) =>
        tensor.is_floating_point() && tensor.dim() > 0
            ? builder.Weight(from.Name, tensor)
            : builder.Constant(tensor, from.Name);

    static Value Input(GraphBuilder builder, OnnxValueInfo input, InputSizes sizes)
    {
        if (input.ElementType == 0 || input.Sizes is not { Count: > 0 } declared)
            throw new InvalidDataException($"of its input \"{input.Name}\" neither type nor shape is said");
        if (sizes.Sizes is { } given && given.Count != declared.Count - 1)
            throw new InvalidDataException(
                $"its input \"{input.Name}\" has {declared.Count - 1} dimensions behind the batch, and sizes for "
                    + $"{given.Count} are given");
        var shape = declared.Skip(1).Select((size, i) => sizes.Sizes?[i] ?? size ?? throw new InvalidDataException(
            $"its input \"{input.Name}\" leaves the size of dimension {i + 1} open: say the size of the images with "
                + "OnnxOptions.ImageSize"));
        return builder.Input(
            input.Name, ElementTypes.Computed(input.ElementType),
            [Dimension.Batch, .. shape.Select(size => new Dimension(size))]);
    }
}
