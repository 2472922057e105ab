using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// The inner loops of a convolution: seven pixels times 32 or 16 channels stay in registers while all their products
/// are added up. Written for 512-bit vectors, of which there are 32; correct everywhere.
/// </summary>
/// <remarks>
/// Nothing here checks bounds. All offsets are made by <see cref="ConvolutionStep"/> for the very arrays it hands over.
/// </remarks>
static class ConvolutionKernel
{
    /// <summary>
    /// Pixels computed at once: 14 sums, two weights and a value, which leaves registers for addresses.
    /// </summary>
    public const int Pixels = 7;

    /// <summary>Channels in a vector.</summary>
    public const int Lanes = 16;

    /// <summary>
    /// y[pixel, channels] = bias + sum over taps t and channels c of x[pixel + t + c] w[t, c, channels], or 0 where
    /// that is less and <paramref name="relu"/>.
    /// </summary>
    /// <param name="x">Values.</param>
    /// <param name="from">
    /// Where each pixel's first value lies in <paramref name="x"/>; a multiple of seven pixels.
    /// </param>
    /// <param name="taps">Where the kernel's positions lie from there.</param>
    /// <param name="depth">How many channels each position has.</param>
    /// <param name="weight">
    /// Weights [taps, depth, 32], behind <paramref name="firstWeight"/>; or [taps, depth, 16], if not
    /// <paramref name="wide"/>.
    /// </param>
    /// <param name="firstWeight">Where these weights begin.</param>
    /// <param name="bias">Biases of all channels.</param>
    /// <param name="y">Results.</param>
    /// <param name="to">Where each pixel's first channel goes in <paramref name="y"/>.</param>
    /// <param name="firstChannel">The first of the channels, in the biases and the results.</param>
    /// <param name="wide">32 channels; else 16.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    public static void Run(
        float[] x, int[] from, int[] taps, int depth, float[] weight, int firstWeight, float[] bias, float[] y,
        int[] to, int firstChannel, bool wide, bool relu)
    {
        ref var values = ref MemoryMarshal.GetArrayDataReference(x);
        ref var weights = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(weight), firstWeight);
        ref var biases = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(bias), firstChannel);
        ref var results = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(y), firstChannel);
        // NaN stays NaN, as in torch.
        var floor = relu ? Vector512<float>.Zero : Vector512.Create(float.NegativeInfinity);
        for (var pixel = 0; pixel < from.Length; pixel += Pixels)
        {
            ref var sources = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(from), pixel);
            ref var targets = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(to), pixel);
            if (wide)
                Wide(ref values, ref sources, taps, depth, ref weights, ref biases, ref results, ref targets, floor);
            else
                Narrow(ref values, ref sources, taps, depth, ref weights, ref biases, ref results, ref targets, floor);
        }
    }

    /// <summary>
    /// <see cref="Run"/> for all channels, 32 at once as long as there are more than 16, with the weights that
    /// <see cref="Pack"/> writes.
    /// </summary>
    public static void RunAll(
        float[] x, int[] from, int[] taps, int depth, float[] weight, float[] bias, float[] y, int[] to, int channels,
        bool relu)
    {
        for (var channel = 0; channel < channels; channel += 2 * Lanes)
            Run(
                x,
                from,
                taps,
                depth,
                weight,
                channel * taps.Length * depth,
                bias,
                y,
                to,
                channel,
                wide: channel + Lanes < channels,
                relu);
    }

    /// <summary>
    /// Writes weights [O, C, h, w] as blocks [h, w, C, 32] of output channels, the last one [h, w, C, 16] where 16 are
    /// left; missing channels stay zero.
    /// </summary>
    public static void Pack(Tensor weight, int pitch, float[] packed)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var outputs = (int)weight.size(0);
        var products = (int)(weight.numel() / outputs);
        for (var first = 0; first < outputs; first += 2 * Lanes)
        {
            var (width, count) = (Math.Min(2 * Lanes, pitch - first), Math.Min(2 * Lanes, outputs - first));
            var some = weight.narrow(0, first, count).permute(2, 3, 1, 0);
            var block = count == width ? some : nn.functional.pad(some, [0, width - count]);
            MemoryMarshal.Cast<byte, float>(block.contiguous().bytes).CopyTo(packed.AsSpan(first * products));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Wide(
        ref float x, ref int from, int[] taps, int depth, ref float w, ref float bias, ref float y, ref int to,
        Vector512<float> floor)
    {
        ref var x0 = ref At(ref x, ref from, 0);
        ref var x1 = ref At(ref x, ref from, 1);
        ref var x2 = ref At(ref x, ref from, 2);
        ref var x3 = ref At(ref x, ref from, 3);
        ref var x4 = ref At(ref x, ref from, 4);
        ref var x5 = ref At(ref x, ref from, 5);
        ref var x6 = ref At(ref x, ref from, 6);
        Vector512<float> a0, a1, a2, a3, a4, a5, a6, b0, b1, b2, b3, b4, b5, b6;
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = Vector512.LoadUnsafe(ref bias);
        b0 = b1 = b2 = b3 = b4 = b5 = b6 = Vector512.LoadUnsafe(ref bias, Lanes);
        foreach (var tap in taps)
        {
            nint end = tap + depth;
            for (nint i = tap; i < end; i++)
            {
                var (u, v) = (Vector512.LoadUnsafe(ref w), Vector512.LoadUnsafe(ref w, Lanes));
                w = ref Unsafe.Add(ref w, 2 * Lanes);
                var s = Vector512.Create(Unsafe.Add(ref x0, i));
                (a0, b0) = (Vector512.FusedMultiplyAdd(s, u, a0), Vector512.FusedMultiplyAdd(s, v, b0));
                s = Vector512.Create(Unsafe.Add(ref x1, i));
                (a1, b1) = (Vector512.FusedMultiplyAdd(s, u, a1), Vector512.FusedMultiplyAdd(s, v, b1));
                s = Vector512.Create(Unsafe.Add(ref x2, i));
                (a2, b2) = (Vector512.FusedMultiplyAdd(s, u, a2), Vector512.FusedMultiplyAdd(s, v, b2));
                s = Vector512.Create(Unsafe.Add(ref x3, i));
                (a3, b3) = (Vector512.FusedMultiplyAdd(s, u, a3), Vector512.FusedMultiplyAdd(s, v, b3));
                s = Vector512.Create(Unsafe.Add(ref x4, i));
                (a4, b4) = (Vector512.FusedMultiplyAdd(s, u, a4), Vector512.FusedMultiplyAdd(s, v, b4));
                s = Vector512.Create(Unsafe.Add(ref x5, i));
                (a5, b5) = (Vector512.FusedMultiplyAdd(s, u, a5), Vector512.FusedMultiplyAdd(s, v, b5));
                s = Vector512.Create(Unsafe.Add(ref x6, i));
                (a6, b6) = (Vector512.FusedMultiplyAdd(s, u, a6), Vector512.FusedMultiplyAdd(s, v, b6));
            }
        }

        Store(a0, b0, floor, ref At(ref y, ref to, 0));
        Store(a1, b1, floor, ref At(ref y, ref to, 1));
        Store(a2, b2, floor, ref At(ref y, ref to, 2));
        Store(a3, b3, floor, ref At(ref y, ref to, 3));
        Store(a4, b4, floor, ref At(ref y, ref to, 4));
        Store(a5, b5, floor, ref At(ref y, ref to, 5));
        Store(a6, b6, floor, ref At(ref y, ref to, 6));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Narrow(
        ref float x, ref int from, int[] taps, int depth, ref float w, ref float bias, ref float y, ref int to,
        Vector512<float> floor)
    {
        ref var x0 = ref At(ref x, ref from, 0);
        ref var x1 = ref At(ref x, ref from, 1);
        ref var x2 = ref At(ref x, ref from, 2);
        ref var x3 = ref At(ref x, ref from, 3);
        ref var x4 = ref At(ref x, ref from, 4);
        ref var x5 = ref At(ref x, ref from, 5);
        ref var x6 = ref At(ref x, ref from, 6);
        Vector512<float> a0, a1, a2, a3, a4, a5, a6;
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = Vector512.LoadUnsafe(ref bias);
        foreach (var tap in taps)
        {
            nint end = tap + depth;
            for (nint i = tap; i < end; i++)
            {
                var u = Vector512.LoadUnsafe(ref w);
                w = ref Unsafe.Add(ref w, Lanes);
                a0 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x0, i)), u, a0);
                a1 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x1, i)), u, a1);
                a2 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x2, i)), u, a2);
                a3 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x3, i)), u, a3);
                a4 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x4, i)), u, a4);
                a5 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x5, i)), u, a5);
                a6 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x6, i)), u, a6);
            }
        }

        Vector512.Max(a0, floor).StoreUnsafe(ref At(ref y, ref to, 0));
        Vector512.Max(a1, floor).StoreUnsafe(ref At(ref y, ref to, 1));
        Vector512.Max(a2, floor).StoreUnsafe(ref At(ref y, ref to, 2));
        Vector512.Max(a3, floor).StoreUnsafe(ref At(ref y, ref to, 3));
        Vector512.Max(a4, floor).StoreUnsafe(ref At(ref y, ref to, 4));
        Vector512.Max(a5, floor).StoreUnsafe(ref At(ref y, ref to, 5));
        Vector512.Max(a6, floor).StoreUnsafe(ref At(ref y, ref to, 6));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ref float At(ref float values, ref int offsets, int pixel) =>
        ref Unsafe.Add(ref values, Unsafe.Add(ref offsets, pixel));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(Vector512<float> first, Vector512<float> second, Vector512<float> floor, ref float y)
    {
        Vector512.Max(first, floor).StoreUnsafe(ref y);
        Vector512.Max(second, floor).StoreUnsafe(ref y, Lanes);
    }
}
