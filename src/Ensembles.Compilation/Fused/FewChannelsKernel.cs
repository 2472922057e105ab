using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// A convolution from many channels to few, as the gradient to an image is: sixteen of the many channels are multiplied
/// at once, for seven pixels, and each result's sixteen sums are added up at the end, those of four results together.
/// </summary>
/// <remarks>Nothing here checks bounds; see <see cref="ConvolutionKernel"/>.</remarks>
static class FewChannelsKernel
{
    /// <summary>So many channels are computed at once, so that each value is read once for all of them.</summary>
    const int Together = 3;

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
        var perChannel = taps.Length * depth;
        for (var pixel = 0; pixel < from.Length; pixel += ConvolutionKernel.Pixels)
        {
            ref var sources = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(from), pixel);
            ref var targets = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(to), pixel);
            for (var channel = 0; channel < channels;)
            {
                ref var weights = ref Unsafe.Add(
                    ref MemoryMarshal.GetArrayDataReference(weight), channel * perChannel);
                ref var results = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(y), channel);
                if (channel + Together <= channels)
                {
                    OfThree(ref values, ref sources, taps, depth, ref weights, perChannel, ref results, ref targets);
                    channel += Together;
                    continue;
                }

                OfOne(ref values, ref sources, taps, depth, ref weights, ref results, ref targets);
                channel++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void OfThree(
        ref float x, ref int from, int[] taps, int depth, ref float w, nint perChannel, ref float y, ref int to)
    {
        ref var x0 = ref At(ref x, ref from, 0);
        ref var x1 = ref At(ref x, ref from, 1);
        ref var x2 = ref At(ref x, ref from, 2);
        ref var x3 = ref At(ref x, ref from, 3);
        ref var x4 = ref At(ref x, ref from, 4);
        ref var x5 = ref At(ref x, ref from, 5);
        ref var x6 = ref At(ref x, ref from, 6);
        Vector512<float> a0, a1, a2, a3, a4, a5, a6;
        Vector512<float> b0, b1, b2, b3, b4, b5, b6;
        Vector512<float> c0, c1, c2, c3, c4, c5, c6;
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = Vector512<float>.Zero;
        b0 = b1 = b2 = b3 = b4 = b5 = b6 = Vector512<float>.Zero;
        c0 = c1 = c2 = c3 = c4 = c5 = c6 = Vector512<float>.Zero;
        foreach (var tap in taps)
        {
            nint end = tap + depth;
            for (nint i = tap; i < end; i += ConvolutionKernel.Lanes)
            {
                var u = Vector512.LoadUnsafe(ref w);
                var v = Vector512.LoadUnsafe(ref Unsafe.Add(ref w, perChannel));
                var t = Vector512.LoadUnsafe(ref Unsafe.Add(ref w, 2 * perChannel));
                w = ref Unsafe.Add(ref w, ConvolutionKernel.Lanes);
                var s = Vector512.LoadUnsafe(ref Unsafe.Add(ref x0, i));
                a0 = Vector512.FusedMultiplyAdd(s, u, a0);
                b0 = Vector512.FusedMultiplyAdd(s, v, b0);
                c0 = Vector512.FusedMultiplyAdd(s, t, c0);
                s = Vector512.LoadUnsafe(ref Unsafe.Add(ref x1, i));
                a1 = Vector512.FusedMultiplyAdd(s, u, a1);
                b1 = Vector512.FusedMultiplyAdd(s, v, b1);
                c1 = Vector512.FusedMultiplyAdd(s, t, c1);
                s = Vector512.LoadUnsafe(ref Unsafe.Add(ref x2, i));
                a2 = Vector512.FusedMultiplyAdd(s, u, a2);
                b2 = Vector512.FusedMultiplyAdd(s, v, b2);
                c2 = Vector512.FusedMultiplyAdd(s, t, c2);
                s = Vector512.LoadUnsafe(ref Unsafe.Add(ref x3, i));
                a3 = Vector512.FusedMultiplyAdd(s, u, a3);
                b3 = Vector512.FusedMultiplyAdd(s, v, b3);
                c3 = Vector512.FusedMultiplyAdd(s, t, c3);
                s = Vector512.LoadUnsafe(ref Unsafe.Add(ref x4, i));
                a4 = Vector512.FusedMultiplyAdd(s, u, a4);
                b4 = Vector512.FusedMultiplyAdd(s, v, b4);
                c4 = Vector512.FusedMultiplyAdd(s, t, c4);
                s = Vector512.LoadUnsafe(ref Unsafe.Add(ref x5, i));
                a5 = Vector512.FusedMultiplyAdd(s, u, a5);
                b5 = Vector512.FusedMultiplyAdd(s, v, b5);
                c5 = Vector512.FusedMultiplyAdd(s, t, c5);
                s = Vector512.LoadUnsafe(ref Unsafe.Add(ref x6, i));
                a6 = Vector512.FusedMultiplyAdd(s, u, a6);
                b6 = Vector512.FusedMultiplyAdd(s, v, b6);
                c6 = Vector512.FusedMultiplyAdd(s, t, c6);
            }
        }

        Store(Sums(a0, b0, c0, Vector512<float>.Zero), ref At(ref y, ref to, 0));
        Store(Sums(a1, b1, c1, Vector512<float>.Zero), ref At(ref y, ref to, 1));
        Store(Sums(a2, b2, c2, Vector512<float>.Zero), ref At(ref y, ref to, 2));
        Store(Sums(a3, b3, c3, Vector512<float>.Zero), ref At(ref y, ref to, 3));
        Store(Sums(a4, b4, c4, Vector512<float>.Zero), ref At(ref y, ref to, 4));
        Store(Sums(a5, b5, c5, Vector512<float>.Zero), ref At(ref y, ref to, 5));
        Store(Sums(a6, b6, c6, Vector512<float>.Zero), ref At(ref y, ref to, 6));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void OfOne(ref float x, ref int from, int[] taps, int depth, ref float w, ref float y, ref int to)
    {
        ref var x0 = ref At(ref x, ref from, 0);
        ref var x1 = ref At(ref x, ref from, 1);
        ref var x2 = ref At(ref x, ref from, 2);
        ref var x3 = ref At(ref x, ref from, 3);
        ref var x4 = ref At(ref x, ref from, 4);
        ref var x5 = ref At(ref x, ref from, 5);
        ref var x6 = ref At(ref x, ref from, 6);
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

        var first = Sums(a0, a1, a2, a3);
        var last = Sums(a4, a5, a6, Vector512<float>.Zero);
        At(ref y, ref to, 0) = first[0];
        At(ref y, ref to, 1) = first[1];
        At(ref y, ref to, 2) = first[2];
        At(ref y, ref to, 3) = first[3];
        At(ref y, ref to, 4) = last[0];
        At(ref y, ref to, 5) = last[1];
        At(ref y, ref to, 6) = last[2];
    }

    /// <summary>The sums of four vectors' sixteen values each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        if (!Avx512F.IsSupported)
            return Vector128.Create(Vector512.Sum(a), Vector512.Sum(b), Vector512.Sum(c), Vector512.Sum(d));
        // In each quarter: a0 + a2, b0 + b2, a1 + a3, b1 + b3.
        var ab = (Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b)).AsDouble();
        var cd = (Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d)).AsDouble();
        var quarters = Avx512F.UnpackLow(ab, cd).AsSingle() + Avx512F.UnpackHigh(ab, cd).AsSingle();
        var halves = quarters.GetLower() + quarters.GetUpper();
        return halves.GetLower() + halves.GetUpper();
    }

    /// <summary>Writes the first three.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(Vector128<float> sums, ref float y)
    {
        sums.GetLower().StoreUnsafe(ref y);
        Unsafe.Add(ref y, 2) = sums[2];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ref float At(ref float values, ref int offsets, int pixel) =>
        ref Unsafe.Add(ref values, Unsafe.Add(ref offsets, pixel));

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
