using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>What is known of a value before anything runs.</summary>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its shape.</param>
public sealed record TensorType(ScalarType Type, Shape Shape)
{
    /// <summary>The most elements whose values are followed.</summary>
    internal const int MostContents = 64;

    /// <summary>
    /// The values of its elements where they are whole numbers, or multiples of N, and known: networks compute shapes
    /// with them. Null where they are not known.
    /// </summary>
    public IReadOnlyList<Dimension>? Contents { get; init; }

    /// <summary>Whether the elements are floating-point numbers.</summary>
    public bool IsFloating => Type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Float16
        or ScalarType.BFloat16;

    /// <summary>Whether the elements are whole numbers or truth values.</summary>
    public bool IsWhole => !IsFloating;

    /// <summary>The type of a tensor, with its values where it is small and of whole numbers.</summary>
    public static TensorType Of(Tensor tensor)
    {
        var type = new TensorType(tensor.dtype, Shape.Of(tensor.shape));
        if (!type.IsWhole || type.Shape.Count > 1 || type.Shape.Elements > MostContents)
            return type;
        using var scope = NewDisposeScope();
        var values = tensor.to_type(ScalarType.Int64).cpu().contiguous().data<long>().ToArray();
        return type with { Contents = [.. values.Select(value => new Dimension(value))] };
    }

    /// <summary>Float32 [N, 10].</summary>
    public override string ToString() => $"{Type} {Shape}";
}
