using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// The backward pass of a convolution of nine positions and of the maxima behind it, which leave most of its outputs
/// without a gradient: each that has one adds its products with the kernel to the gradient of the input.
/// </summary>
/// <remarks>Nothing here checks bounds; see <see cref="ConvolutionKernel"/>.</remarks>
sealed class SparseBackward : BackwardStep
{
    /// <summary>So many sums stay in registers while the channels of an output are gone through.</summary>
    const int Taps = 9;

    readonly int[] window;
    readonly int[] sources;
    readonly int[] targets;
    readonly int[] taps;
    readonly ConvLayer layer;
    readonly float[] weight;

    /// <param name="layer">The convolution.</param>
    /// <param name="maximum">The windows of the maxima behind it.</param>
    /// <param name="from">How the gradient of the maxima lies.</param>
    /// <param name="to">How the gradient of the input lies, with the convolution's padding around it at least.</param>
    public SparseBackward(ConvLayer layer, MaximumWindow maximum, Frame from, Frame to)
        : base(from, to, FusedStep.Vectors(from) * maximum.Size.Row * maximum.Size.Column)
    {
        this.layer = layer;
        var (stride, padding) = (Pair(layer.Stride), Pair(layer.Padding));
        sources = from.Offsets(from.Height, from.Width, (0, 0), (1, 1));
        targets = to.Offsets(
            from.Height,
            from.Width,
            (-padding.Row, -padding.Column),
            (maximum.Stride.Row * stride.Row, maximum.Stride.Column * stride.Column));
        window = to.Window(maximum.Size.Row, maximum.Size.Column, stride);
        taps = to.Window((int)layer.Weight.size(2), (int)layer.Weight.size(3), Pair(layer.Dilation));
        weight = new float[from.Pitch * to.Pitch * Taps];
        Refresh();

        static (int Row, int Column) Pair(long[] sizes) => ((int)sizes[0], (int)sizes[^1]);
    }

    public override void Refresh() => Pack(layer.Weight, From.Pitch, To.Pitch, weight);

    /// <summary>Whether a convolution has as many positions.</summary>
    public static bool Can(ConvLayer layer) => layer.Weight.size(2) * layer.Weight.size(3) == Taps;

    public override void Run(float[] output, ReadOnlySpan<ushort> marks, float[] input)
    {
        Array.Clear(input);
        ref var gradients = ref MemoryMarshal.GetArrayDataReference(output);
        ref var results = ref MemoryMarshal.GetArrayDataReference(input);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(weight);
        var blocks = From.Pitch / ConvolutionKernel.Lanes;
        for (var pixel = 0; pixel < From.Height * From.Width; pixel++)
        {
            var some = marks.Slice(pixel * blocks * window.Length, blocks * window.Length);
            for (var place = 0; place < window.Length; place++)
            {
                for (var channel = 0; channel < To.Pitch; channel += ConvolutionKernel.Lanes)
                {
                    Add(
                        ref Unsafe.Add(ref gradients, sources[pixel]), some[place..], window.Length,
                        ref Unsafe.Add(ref weights, channel * Taps), To.Pitch * Taps,
                        ref Unsafe.Add(ref results, targets[pixel] + window[place] + channel), taps);
                }
            }
        }

        To.ClearBorder(input);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static void Add(
        ref float gradient, ReadOnlySpan<ushort> marks, int step, ref float w, int perChannel, ref float y, int[] taps)
    {
        ref var y0 = ref Unsafe.Add(ref y, taps[0]);
        ref var y1 = ref Unsafe.Add(ref y, taps[1]);
        ref var y2 = ref Unsafe.Add(ref y, taps[2]);
        ref var y3 = ref Unsafe.Add(ref y, taps[3]);
        ref var y4 = ref Unsafe.Add(ref y, taps[4]);
        ref var y5 = ref Unsafe.Add(ref y, taps[5]);
        ref var y6 = ref Unsafe.Add(ref y, taps[6]);
        ref var y7 = ref Unsafe.Add(ref y, taps[7]);
        ref var y8 = ref Unsafe.Add(ref y, taps[8]);
        var a0 = Vector512.LoadUnsafe(ref y0);
        var a1 = Vector512.LoadUnsafe(ref y1);
        var a2 = Vector512.LoadUnsafe(ref y2);
        var a3 = Vector512.LoadUnsafe(ref y3);
        var a4 = Vector512.LoadUnsafe(ref y4);
        var a5 = Vector512.LoadUnsafe(ref y5);
        var a6 = Vector512.LoadUnsafe(ref y6);
        var a7 = Vector512.LoadUnsafe(ref y7);
        var a8 = Vector512.LoadUnsafe(ref y8);
        for (int mark = 0, first = 0; mark < marks.Length; mark += step, first += ConvolutionKernel.Lanes)
        {
            for (var left = (uint)marks[mark]; left != 0; left &= left - 1)
            {
                var channel = first + BitOperations.TrailingZeroCount(left);
                var g = Vector512.Create(Unsafe.Add(ref gradient, channel));
                ref var u = ref Unsafe.Add(ref w, channel * perChannel);
                a0 = Vector512.FusedMultiplyAdd(g, Vector512.LoadUnsafe(ref u), a0);
                a1 = Vector512.FusedMultiplyAdd(g, Vector512.LoadUnsafe(ref u, 16), a1);
                a2 = Vector512.FusedMultiplyAdd(g, Vector512.LoadUnsafe(ref u, 32), a2);
                a3 = Vector512.FusedMultiplyAdd(g, Vector512.LoadUnsafe(ref u, 48), a3);
                a4 = Vector512.FusedMultiplyAdd(g, Vector512.LoadUnsafe(ref u, 64), a4);
                a5 = Vector512.FusedMultiplyAdd(g, Vector512.LoadUnsafe(ref u, 80), a5);
                a6 = Vector512.FusedMultiplyAdd(g, Vector512.LoadUnsafe(ref u, 96), a6);
                a7 = Vector512.FusedMultiplyAdd(g, Vector512.LoadUnsafe(ref u, 112), a7);
                a8 = Vector512.FusedMultiplyAdd(g, Vector512.LoadUnsafe(ref u, 128), a8);
            }
        }

        a0.StoreUnsafe(ref y0);
        a1.StoreUnsafe(ref y1);
        a2.StoreUnsafe(ref y2);
        a3.StoreUnsafe(ref y3);
        a4.StoreUnsafe(ref y4);
        a5.StoreUnsafe(ref y5);
        a6.StoreUnsafe(ref y6);
        a7.StoreUnsafe(ref y7);
        a8.StoreUnsafe(ref y8);
    }

    /// <summary>
    /// Writes weights [O, C, h, w] as [O, C / 16, h, w, 16]; missing channels are zero, on both sides, since the lanes
    /// of missing outputs are marked too.
    /// </summary>
    static void Pack(Tensor weight, int outputs, int inputs, float[] packed)
    {
        using var scope = NewDisposeScope();
        var padded = zeros(outputs, inputs, Taps);
        padded.narrow(0, 0, weight.size(0)).narrow(1, 0, weight.size(1)).copy_(weight.flatten(2));
        padded
            .view(outputs, -1, ConvolutionKernel.Lanes, Taps)
            .transpose(2, 3)
            .contiguous()
            .data<float>()
            .CopyTo(packed);
    }
}
