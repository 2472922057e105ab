using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>ONNX's numbers of element types.</summary>
static class ElementTypes
{
    public const long Float = 1, Int64 = 7, Bool = 9;

    /// <summary>Each with its name, torch's type, and the bytes of an element.</summary>
    static readonly (long Number, string Name, ScalarType Type, int Size)[] all =
    [
        (Float, "float32", ScalarType.Float32, 4), (2, "uint8", ScalarType.Byte, 1), (3, "int8", ScalarType.Int8, 1),
        (5, "int16", ScalarType.Int16, 2), (6, "int32", ScalarType.Int32, 4), (Int64, "int64", ScalarType.Int64, 8),
        (Bool, "bool", ScalarType.Bool, 1), (10, "float16", ScalarType.Float16, 2),
        (11, "float64", ScalarType.Float64, 8), (16, "bfloat16", ScalarType.BFloat16, 2),
    ];

    /// <summary>Torch's type and the bytes of an element.</summary>
    /// <exception cref="InvalidDataException">A type that is not read here.</exception>
    public static (ScalarType Type, int Size) Of(long number)
    {
        foreach (var type in all)
        {
            if (type.Number == number)
                return (type.Type, type.Size);
        }

        throw new InvalidDataException(
            $"elements of ONNX's type {number}; those read here are {string.Join(", ", all.Select(t => t.Name))}");
    }

    /// <summary>The type that is computed in: float32 in place of half precision.</summary>
    public static ScalarType Computed(long number) =>
        Of(number).Type is var type && type is ScalarType.Float16 or ScalarType.BFloat16 ? ScalarType.Float32 : type;

    /// <summary>ONNX's number of a type.</summary>
    public static long NumberOf(ScalarType type) => all.First(t => t.Type == type).Number;
}
