using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>A value in a graph: an input, a constant, or what a node gives.</summary>
public sealed class Value
{
    internal Value(string name, TensorType type, Tensor? tensor = null, bool isWeight = false) =>
        (Name, Type, Tensor, IsWeight) = (name, type, tensor, isWeight);

    /// <summary>Its name, which no other value of the graph has.</summary>
    public string Name { get; }

    /// <summary>What is known of it before anything runs.</summary>
    public TensorType Type { get; }

    /// <summary>The tensor of a constant, whose owner is who made it; null for any other value.</summary>
    public Tensor? Tensor { get; }

    /// <summary>
    /// Whether it is a constant that belongs to what was trained, and stands in state dicts by its name.
    /// </summary>
    public bool IsWeight { get; }

    /// <summary>conv1.weight: Float32 [16, 3, 3, 3].</summary>
    public override string ToString() => $"{Name}: {Type}";
}

/// <summary>An operation with what it is given and what it gives.</summary>
/// <param name="Name">Its name; may be empty.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Inputs">What it is given, null where an input is left out.</param>
/// <param name="Outputs">What it gives.</param>
public sealed record Node(
    string Name, Operation Operation, IReadOnlyList<Value?> Inputs, IReadOnlyList<Value> Outputs)
{
    /// <summary>y: Float32 [N, 8] = Gemm(x, weight, bias).</summary>
    public override string ToString() =>
        $"{string.Join(", ", Outputs)} = {Operation.Name}({string.Join(", ", Inputs.Select(i => i?.Name ?? "-"))})";
}
