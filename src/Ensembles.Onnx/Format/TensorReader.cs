using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>Tensors of a file as torch's: none is made before its shape agrees with its numbers.</summary>
/// <param name="external">Where numbers outside the file are found.</param>
sealed class TensorReader(ExternalData external)
{
    long read;

    /// <summary>A tensor on the CPU, half precision as float32; left to the dispose scope around.</summary>
    /// <exception cref="InvalidDataException">It contradicts itself.</exception>
    public Tensor Read(OnnxTensor from)
    {
        var (type, size) = ElementTypes.Of(from.ElementType);
        var bytes = TensorSize.Bytes(from.Name, from.Sizes, size);
        TensorSize.ThrowIfMoreThanMemory(read += bytes);
        var count = bytes / size;
        if (from.IsExternal)
            return Made(from, type, external.Read(from, bytes));
        if (from.Raw is { } raw)
            return raw.Length == bytes
                ? Made(from, type, raw.Span)
                : throw Misfit(from, raw.Length / (double)size);
        return type switch
        {
            ScalarType.Float32 => Made(from, type, Bytes(from, from.Floats, count)),
            ScalarType.Float64 => Made(from, type, Bytes(from, from.Doubles, count)),
            ScalarType.Int64 => Made(from, type, Bytes(from, from.Longs, count)),
            _ => Made(from, type, Narrowed(from, size, count)),
        };
    }

    static ReadOnlySpan<byte> Bytes<T>(OnnxTensor from, List<T> numbers, long count) where T : unmanaged =>
        numbers.Count == count
            ? MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(numbers))
            : throw Misfit(from, numbers.Count);

    /// <summary>Numbers of 32 bits or fewer, of which the file gives each the room of 32.</summary>
    static byte[] Narrowed(OnnxTensor from, int size, long count)
    {
        if (from.Ints.Count != count)
            throw Misfit(from, from.Ints.Count);
        var bytes = new byte[count * size];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < size; j++)
                bytes[(i * size) + j] = (byte)(from.Ints[i] >> (8 * j));
        }

        return bytes;
    }

    static Tensor Made(OnnxTensor from, ScalarType type, ReadOnlySpan<byte> bytes)
    {
        if (type == ScalarType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
            throw new InvalidDataException($"{from.Name} holds truth values that are neither 0 nor 1");
        var tensor = empty([.. from.Sizes], dtype: type);
        if (bytes.Length > 0)
            bytes.CopyTo(tensor.bytes);
        return type is ScalarType.Float16 or ScalarType.BFloat16 ? tensor.to_type(ScalarType.Float32) : tensor;
    }

    static InvalidDataException Misfit(OnnxTensor from, double there) => new(
        $"{from.Name} has the shape [{string.Join(", ", from.Sizes)}], and {there} numbers");
}
