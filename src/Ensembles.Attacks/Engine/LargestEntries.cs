using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The size of the largest entry of each image's gradient: 0 says that there is nothing to follow, infinity or NaN that
/// it cannot be followed.
/// </summary>
static class LargestEntries
{
    /// <summary>max_i |g_i| for each row of a gradient [N, ...], float32 [N]; NaN where any entry is.</summary>
    public static float[] Find(Tensor gradient) => HostMemory.Holds(gradient) ? OnHost(gradient) : ByTorch(gradient);

    internal static float[] ByTorch(Tensor gradient)
    {
        if (gradient.numel() == 0)
            return new float[gradient.size(0)];
        using var scope = NewDisposeScope();
        return HostMemory.ReadFloats(gradient.abs().flatten(1).amax([1]));
    }

    internal static float[] OnHost(Tensor gradient)
    {
        var largest = new float[gradient.size(0)];
        // Without their signs floats are ordered as the integers of the same bits, and NaN comes after infinity.
        var bits = MemoryMarshal.Cast<float, int>(HostMemory.Floats(gradient));
        var length = largest.Length == 0 ? 0 : bits.Length / largest.Length;
        for (var i = 0; i < largest.Length; i++)
            largest[i] = Largest(bits.Slice(i * length, length));
        GC.KeepAlive(gradient);
        return largest;
    }

    /// <summary>The same over all of a tensor in host memory, whatever its shape; 0 where it is empty.</summary>
    public static float FindOfAll(Tensor held)
    {
        var largest = Largest(MemoryMarshal.Cast<float, int>(HostMemory.Floats(held)));
        GC.KeepAlive(held);
        return largest;
    }

    static float Largest(ReadOnlySpan<int> bits)
    {
        var most = Vector<int>.Zero;
        var whole = bits.Length - bits.Length % Vector<int>.Count;
        foreach (var entries in MemoryMarshal.Cast<int, Vector<int>>(bits[..whole]))
            most = Vector.Max(most, entries & new Vector<int>(int.MaxValue));
        var largest = 0;
        for (var lane = 0; lane < Vector<int>.Count; lane++)
            largest = Math.Max(largest, most[lane]);
        foreach (var entry in bits[whole..])
            largest = Math.Max(largest, entry & int.MaxValue);
        return BitConverter.Int32BitsToSingle(largest);
    }
}
