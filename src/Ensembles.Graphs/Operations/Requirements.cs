using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>What operations ask of the types they are given, in one wording.</summary>
static class Requirements
{
    /// <summary>An input that is there, of floating-point numbers.</summary>
    public static TensorType Floating(this IReadOnlyList<TensorType?> inputs, int input)
    {
        var type = inputs.Present(input);
        return type.IsFloating ? type : throw new GraphException(
            $"Its input {input} is {type}, and floating-point numbers are needed.");
    }

    /// <summary>An input that is there.</summary>
    public static TensorType Present(this IReadOnlyList<TensorType?> inputs, int input) =>
        inputs.Optional(input) ?? throw new GraphException($"Its input {input} is missing.");

    /// <summary>An input, null where it is left out.</summary>
    public static TensorType? Optional(this IReadOnlyList<TensorType?> inputs, int input) =>
        input < inputs.Count ? inputs[input] : null;

    /// <summary>An input, null where it is left out.</summary>
    public static Tensor? Optional(this IReadOnlyList<Tensor?> inputs, int input) =>
        input < inputs.Count ? inputs[input] : null;

    /// <summary>The shape of an input of so many dimensions.</summary>
    public static Shape OfRank(this TensorType type, int rank, string what) => type.Shape.Count == rank
        ? type.Shape
        : throw new GraphException($"{what} has the shape {type.Shape}, and {rank} dimensions are needed.");

    /// <summary>Throws where an optional input has not this shape or another element type.</summary>
    public static void Agree(TensorType? type, TensorType with, string what, params long[] shape)
    {
        if (type is null)
            return;
        if (type.Type != with.Type)
            throw new GraphException($"{what} is {type.Type} beside {with.Type}.");
        if (!type.Shape.SequenceEqual(shape.Select(size => new Dimension(size))))
            throw new GraphException($"{what} has the shape {type.Shape}, and [{string.Join(", ", shape)}] is needed.");
    }

    /// <summary>A size that does not grow with the batch.</summary>
    public static long Number(this Dimension size, string what) => size.IsBatch
        ? throw new GraphException($"{what} is {size}, which grows with the batch.")
        : size.Factor;
}
