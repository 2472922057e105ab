using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Numerics;

/// <summary>
/// Tensors as memory of the host. A call of torch costs microseconds whatever its size: decisions about a few numbers,
/// and passes over pixels that would take several calls, are made here.
/// </summary>
public static class HostMemory
{
    /// <summary>
    /// Whether each tensor is float32 and lies in the CPU's memory one value after the other, so that
    /// <see cref="Floats"/> is all of it.
    /// </summary>
    public static bool Holds(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            if (tensor.device_type != DeviceType.CPU || tensor.dtype != ScalarType.Float32 || !tensor.is_contiguous())
                return false;
        }
        return true;
    }

    /// <summary>
    /// The memory of a tensor that <see cref="Holds"/>: what is written there is written to the tensor, which must
    /// outlive the span.
    /// </summary>
    public static Span<float> Floats(Tensor held) =>
        held.numel() == 0 ? [] : MemoryMarshal.Cast<byte, float>(held.bytes);

    /// <summary>A copy of the values of a tensor on any device, as float32, row-major.</summary>
    public static float[] ReadFloats(Tensor values) => Read<float>(values, ScalarType.Float32);

    /// <summary>A copy of the values of a tensor on any device, as int64, row-major.</summary>
    public static long[] ReadLongs(Tensor values) => Read<long>(values, ScalarType.Int64);

    static T[] Read<T>(Tensor values, ScalarType type) where T : unmanaged
    {
        if (values.numel() == 0)
            return [];
        using var scope = NewDisposeScope();
        var here = values.device_type == DeviceType.CPU && values.dtype == type && values.is_contiguous()
            ? values
            : values.detach().to_type(type).cpu().contiguous();
        var copy = MemoryMarshal.Cast<byte, T>(here.bytes).ToArray();
        GC.KeepAlive(here);
        return copy;
    }

    /// <summary>What belongs to those rows that are left, int64 [a].</summary>
    public static T[] Some<T>(T[] all, Tensor left) =>
        left.size(0) == all.Length ? all : [.. ReadLongs(left).Select(i => all[i])];

    /// <summary>Copies rows of one tensor [N, ...] to rows of another, in the order given.</summary>
    /// <param name="from">The tensor copied from.</param>
    /// <param name="source">The rows read.</param>
    /// <param name="to">The tensor written to.</param>
    /// <param name="target">The rows written, as many as are read.</param>
    public static void CopyRows(Tensor from, ReadOnlySpan<int> source, Tensor to, ReadOnlySpan<int> target)
    {
        if (source.Length == 0)
            return;
        if (!Holds(from, to))
        {
            using var scope = NewDisposeScope();
            to.index_copy_(0, Index(target, to.device), from.detach().index_select(0, Index(source, from.device)));
            return;
        }
        ReadOnlySpan<float> read = Floats(from);
        var written = Floats(to);
        var length = (int)(from.numel() / from.size(0));
        for (var i = 0; i < source.Length; i++)
            read.Slice(source[i] * length, length).CopyTo(written.Slice(target[i] * length, length));
        GC.KeepAlive(from);
        GC.KeepAlive(to);
    }

    /// <summary>Places as a tensor to index by, int64.</summary>
    public static Tensor Index(ReadOnlySpan<int> places, Device device)
    {
        var index = new long[places.Length];
        for (var i = 0; i < index.Length; i++)
            index[i] = places[i];
        return tensor(index, device: device);
    }
}
