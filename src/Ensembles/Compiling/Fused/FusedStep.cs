using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>One step of a fused layer on one image: from one frame to the next.</summary>
abstract class FusedStep(Frame from, Frame to)
{
    /// <summary>What it reads.</summary>
    public Frame From => from;

    /// <summary>What it writes.</summary>
    public Frame To => to;

    public abstract void Run(float[] x, float[] y);

    /// <summary>The number of values from one pixel to the next that lets whole vectors be written.</summary>
    public static int Pitch(long channels) => (int)((channels + ConvolutionKernel.Lanes - 1) / ConvolutionKernel.Lanes * ConvolutionKernel.Lanes);
}

/// <summary>A convolution, with a ReLU where one follows.</summary>
sealed class ConvolutionStep : FusedStep
{
    readonly bool relu;
    readonly float[] weight;
    readonly float[] bias;
    readonly int[] taps;
    readonly int[] sources;
    readonly int[] targets;

    public ConvolutionStep(ConvLayer layer, bool relu, Frame from, Frame to) : base(from, to)
    {
        this.relu = relu;
        var (rows, columns) = ((int)layer.Weight.size(2), (int)layer.Weight.size(3));
        taps = from.Window(rows, columns, Pair(layer.Dilation));
        var (row, column) = Pair(layer.Padding);
        sources = from.Offsets(to.Height, to.Width, (-row, -column), Pair(layer.Stride));
        targets = to.Offsets(to.Height, to.Width, (0, 0), (1, 1));
        weight = Packed(layer.Weight, to.Pitch);
        bias = new float[to.Pitch];
        layer.Bias?.data<float>().CopyTo(bias);
    }

    public override void Run(float[] x, float[] y)
    {
        var perChannel = taps.Length * From.Channels;
        for (var channel = 0; channel < To.Pitch; channel += 2 * ConvolutionKernel.Lanes)
        {
            var wide = channel + ConvolutionKernel.Lanes < To.Pitch;
            ConvolutionKernel.Run(x, sources, taps, From.Channels, weight, channel * perChannel, bias, y, targets, channel, wide, relu);
        }
    }

    /// <summary>Weights [O, C, h, w] as blocks [h, w, C, 32] of output channels, the last one [h, w, C, 16] where 16 are left; missing channels are zero.</summary>
    static float[] Packed(Tensor weight, int pitch)
    {
        using var scope = NewDisposeScope();
        var (outputs, lanes) = ((int)weight.size(0), ConvolutionKernel.Lanes);
        // [h w C, O]
        var values = weight.permute(2, 3, 1, 0).contiguous().data<float>().ToArray();
        var products = values.Length / outputs;
        var packed = new float[products * pitch];
        for (var channel = 0; channel < outputs; channel++)
        {
            var first = channel / (2 * lanes) * 2 * lanes;
            var width = Math.Min(2 * lanes, pitch - first);
            for (var i = 0; i < products; i++)
                packed[(first * products) + (i * width) + channel - first] = values[(i * outputs) + channel];
        }

        return packed;
    }

    static (int Row, int Column) Pair(long[] sizes) => ((int)sizes[0], (int)sizes[^1]);
}

/// <summary>Maxima over windows, with a ReLU where one follows.</summary>
sealed class MaximumStep : FusedStep
{
    readonly Vector512<float> floor;
    readonly int[] window;
    readonly int[] sources;
    readonly int[] targets;

    public MaximumStep(MaximumWindow maximum, bool relu, Frame from, Frame to) : base(from, to)
    {
        floor = relu ? Vector512<float>.Zero : Vector512.Create(float.NegativeInfinity);
        window = from.Window(maximum.Size.Row, maximum.Size.Column, (1, 1));
        sources = from.Offsets(to.Height, to.Width, (0, 0), maximum.Stride);
        targets = to.Offsets(to.Height, to.Width, (0, 0), (1, 1));
    }

    public override void Run(float[] x, float[] y)
    {
        for (var pixel = 0; pixel < sources.Length; pixel++)
        {
            for (var channel = 0; channel < To.Pitch; channel += ConvolutionKernel.Lanes)
            {
                var maximum = floor;
                foreach (var place in window)
                    maximum = Vector512.Max(maximum, Vector512.LoadUnsafe(ref x[sources[pixel] + place + channel]));
                maximum.StoreUnsafe(ref y[targets[pixel] + channel]);
            }
        }
    }
}
