using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// A convolution from many channels to few, as the gradient to an image is: sixteen of the many channels are multiplied
/// at once, for seven pixels, and each pixel's sixteen sums are added up at the end.
/// </summary>
/// <remarks>Nothing here checks bounds; see <see cref="ConvolutionKernel"/>.</remarks>
static class FewChannelsKernel
{
    /// <summary>y[pixel, channel] = sum over taps t and channels c of x[pixel + t + c] w[channel, t, c].</summary>
    /// <param name="x">Values.</param>
    /// <param name="from">
    /// Where each pixel's first value lies in <paramref name="x"/>; a multiple of seven pixels.
    /// </param>
    /// <param name="taps">Where the kernel's positions lie from there.</param>
    /// <param name="depth">How many channels each position has, a multiple of sixteen.</param>
    /// <param name="weight">Weights [channels, taps, depth].</param>
    /// <param name="y">Results.</param>
    /// <param name="to">Where each pixel's channels go in <paramref name="y"/>.</param>
    /// <param name="channels">How many channels the results have.</param>
    public static void Run(
        float[] x, int[] from, int[] taps, int depth, float[] weight, float[] y, int[] to, int channels)
    {
        ref var values = ref MemoryMarshal.GetArrayDataReference(x);
        for (var pixel = 0; pixel < from.Length; pixel += ConvolutionKernel.Pixels)
        {
            ref var sources = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(from), pixel);
            ref var targets = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(to), pixel);
            for (var channel = 0; channel < channels; channel++)
            {
                ref var weights = ref Unsafe.Add(
                    ref MemoryMarshal.GetArrayDataReference(weight), channel * taps.Length * depth);
                ref var results = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(y), channel);
                Sums(ref values, ref sources, taps, depth, ref weights, ref results, ref targets);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Sums(ref float x, ref int from, int[] taps, int depth, ref float w, ref float y, ref int to)
    {
        ref var x0 = ref Unsafe.Add(ref x, from);
        ref var x1 = ref Unsafe.Add(ref x, Unsafe.Add(ref from, 1));
        ref var x2 = ref Unsafe.Add(ref x, Unsafe.Add(ref from, 2));
        ref var x3 = ref Unsafe.Add(ref x, Unsafe.Add(ref from, 3));
        ref var x4 = ref Unsafe.Add(ref x, Unsafe.Add(ref from, 4));
        ref var x5 = ref Unsafe.Add(ref x, Unsafe.Add(ref from, 5));
        ref var x6 = ref Unsafe.Add(ref x, Unsafe.Add(ref from, 6));
        Vector512<float> a0, a1, a2, a3, a4, a5, a6;
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = Vector512<float>.Zero;
        foreach (var tap in taps)
        {
            nint end = tap + depth;
            for (nint i = tap; i < end; i += ConvolutionKernel.Lanes)
            {
                var u = Vector512.LoadUnsafe(ref w);
                w = ref Unsafe.Add(ref w, ConvolutionKernel.Lanes);
                a0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref Unsafe.Add(ref x0, i)), u, a0);
                a1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref Unsafe.Add(ref x1, i)), u, a1);
                a2 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref Unsafe.Add(ref x2, i)), u, a2);
                a3 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref Unsafe.Add(ref x3, i)), u, a3);
                a4 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref Unsafe.Add(ref x4, i)), u, a4);
                a5 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref Unsafe.Add(ref x5, i)), u, a5);
                a6 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref Unsafe.Add(ref x6, i)), u, a6);
            }
        }

        Unsafe.Add(ref y, to) = Vector512.Sum(a0);
        Unsafe.Add(ref y, Unsafe.Add(ref to, 1)) = Vector512.Sum(a1);
        Unsafe.Add(ref y, Unsafe.Add(ref to, 2)) = Vector512.Sum(a2);
        Unsafe.Add(ref y, Unsafe.Add(ref to, 3)) = Vector512.Sum(a3);
        Unsafe.Add(ref y, Unsafe.Add(ref to, 4)) = Vector512.Sum(a4);
        Unsafe.Add(ref y, Unsafe.Add(ref to, 5)) = Vector512.Sum(a5);
        Unsafe.Add(ref y, Unsafe.Add(ref to, 6)) = Vector512.Sum(a6);
    }

    /// <summary>Writes weights [O, C, h, w] as [O, h, w, depth]; channels beyond C are zero.</summary>
    public static void Pack(Tensor weight, int depth, float[] packed)
    {
        using var scope = NewDisposeScope();
        var byChannel = weight.permute(0, 2, 3, 1);
        var padded = zeros([.. byChannel.shape[..3], depth]);
        padded.narrow(3, 0, byChannel.size(3)).copy_(byChannel);
        padded.data<float>().CopyTo(packed);
    }
}
