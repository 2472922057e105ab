using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>One node of a file on its way into a graph: its attributes, its inputs, and what it becomes.</summary>
/// <param name="graph">The graph that is written.</param>
/// <param name="node">The node.</param>
/// <param name="version">The version of the operator set.</param>
/// <param name="inputs">The values of its inputs, null for one that is left out.</param>
/// <param name="tensors">Reads tensors among its attributes.</param>
sealed class NodeReading(
    GraphBuilder graph, OnnxNode node, long version, IReadOnlyList<Value?> inputs, TensorReader tensors)
{
    /// <summary>The most elements of a result that is computed once and for all.</summary>
    const long MostFolded = 1 << 20;

    const int MostNumbers = 1000;

    readonly HashSet<string> asked = [];

    /// <summary>The version of the operator set.</summary>
    public long Version => version;

    /// <summary>The set of operators that it is of; empty for ONNX's own.</summary>
    public string Domain => node.Domain;

    /// <summary>The operator's name.</summary>
    public string OpType => node.OpType;

    /// <summary>The values of its inputs.</summary>
    public IReadOnlyList<Value?> Inputs => inputs;

    /// <summary>How many outputs it names.</summary>
    public int OutputCount => node.Outputs.Count;

    /// <summary>The batch that the file is made for, where it leaves none open.</summary>
    public long? FixedBatch { get; init; }

    /// <summary>An input that must be there.</summary>
    public Value Input(int input) => Optional(input)
        ?? throw new InvalidDataException($"its input {input} is missing");

    /// <summary>An input, null where it is left out.</summary>
    public Value? Optional(int input) => input < inputs.Count ? inputs[input] : null;

    /// <summary>A number of an attribute.</summary>
    public long Int(string name, long otherwise) => Attribute(name) switch
    {
        null => otherwise,
        { Int: { } number } => number,
        _ => throw WrongType(name, "a whole number"),
    };

    /// <summary>A number of an attribute.</summary>
    public float Float(string name, float otherwise) => Attribute(name) switch
    {
        null => otherwise,
        { Float: { } number } => number,
        _ => throw WrongType(name, "a number"),
    };

    /// <summary>A text of an attribute.</summary>
    public string Text(string name, string otherwise) => Attribute(name) switch
    {
        null => otherwise,
        { Text: { } text } => text,
        _ => throw WrongType(name, "a text"),
    };

    /// <summary>Whole numbers of an attribute, null where there is none.</summary>
    public IReadOnlyList<long>? Ints(string name) => Attribute(name) switch
    {
        null => null,
        { Ints: var numbers, IsOther: false, Int: null, Float: null, Tensor: null } when numbers.Count <= MostNumbers =>
            numbers,
        _ => throw WrongType(name, "a list of whole numbers"),
    };

    /// <summary>Numbers of an attribute, null where there is none.</summary>
    public IReadOnlyList<float>? Floats(string name) => Attribute(name)?.Floats;

    /// <summary>How many texts an attribute holds.</summary>
    public int TextCount(string name) => Attribute(name)?.TextCount ?? 0;

    /// <summary>A tensor of an attribute, null where there is none.</summary>
    public Tensor? TensorOf(string name) => Attribute(name) switch
    {
        null => null,
        { Tensor: { } tensor } => tensors.Read(tensor),
        _ => throw WrongType(name, "a tensor"),
    };

    /// <summary>An attribute that has to be a value, as where another one is not read here.</summary>
    public void Only(string name, long value)
    {
        if (Int(name, value) is var number && number != value)
            throw new InvalidDataException($"its {name} is {number}, and only {value} is read here");
    }

    /// <summary>Whole numbers of an input that is known beforehand, null where the input is left out.</summary>
    public IReadOnlyList<Dimension>? Sizes(int input) => Optional(input) is not { } value ? null
        : value.Type.Contents ?? throw new InvalidDataException(
            $"its input {input}, {value.Name}, is computed from the image, and only what is known beforehand is read "
                + "here");

    /// <summary>The same where none of them may grow with the batch.</summary>
    public IReadOnlyList<long>? Longs(int input) => Sizes(input) is not { } sizes ? null
        : sizes.Any(size => size.IsBatch)
            ? throw new InvalidDataException($"its input {input}, {Input(input).Name}, grows with the batch")
            : [.. sizes.Select(size => size.Factor)];

    /// <summary>Whole numbers that are an attribute up to a version and an input from then on.</summary>
    public IReadOnlyList<long>? Longs(string name, int input, long inputFrom) =>
        version < inputFrom ? Ints(name) : Longs(input);

    /// <summary>The number of a constant input, null where the input is left out.</summary>
    public double? Number(int input)
    {
        if (Optional(input) is not { } value)
            return null;
        if (value.Tensor is not { } tensor || tensor.numel() != 1)
            throw new InvalidDataException($"its input {input}, {value.Name}, is no constant number");
        using var scope = NewDisposeScope();
        return tensor.to_type(ScalarType.Float64).item<double>();
    }

    /// <summary>Adds an operation of the node's inputs.</summary>
    public IReadOnlyList<Value> Of(Operation operation, params IReadOnlyList<Value?> values)
    {
        if (node.Attributes.Keys.Except(asked).FirstOrDefault() is { } unknown)
            throw new InvalidDataException($"it has an attribute {unknown}, which is not known here");
        var results = graph.Add(
            node.Name.Length > 0 ? node.Name : node.Outputs.FirstOrDefault("") ?? "", operation, values, node.Outputs);
        return [.. results.Select((result, i) => Folded(operation, values, result, i))];
    }

    /// <summary>A constant.</summary>
    public Value Constant(Tensor tensor) => graph.Constant(tensor, node.Outputs.FirstOrDefault("constant"));

    /// <summary>A weight that the node has as an attribute.</summary>
    public Value Weight(string name, Tensor tensor) =>
        graph.Weight(node.Name.Length > 0 ? $"{node.Name}.{name}" : name, tensor);

    /// <summary>The result where it depends on no image and no weight, as a constant.</summary>
    Value Folded(Operation operation, IReadOnlyList<Value?> values, Value result, int output)
    {
        if (result.Type.Contents is { } contents && contents.All(size => !size.IsBatch))
        {
            long[] numbers = [.. contents.Select(size => size.Factor)];
            return Constant(tensor(numbers).reshape(result.Type.Shape.At(1)).to_type(result.Type.Type));
        }

        if (result.Type.Shape is var shape && (shape.HasBatch || shape.Elements > MostFolded)
            || values.Any(value => value is { Tensor: null } or { IsWeight: true })
            || values.Any(value => value?.Tensor!.numel() > MostFolded))
            return result;
        using var inside = NewDisposeScope();
        var run = operation.Run([.. values.Select(value => value?.Tensor)], new(Images: 1, Training: false))[output];
        return Constant(run.clone().MoveToOuterDisposeScope());
    }

    OnnxAttribute? Attribute(string name)
    {
        asked.Add(name);
        return node.Attributes.GetValueOrDefault(name);
    }

    InvalidDataException WrongType(string name, string wanted) => new($"its {name} is not {wanted}");
}
