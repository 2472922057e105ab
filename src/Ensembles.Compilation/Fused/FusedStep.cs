using System.Runtime.Intrinsics;

namespace Ensembles;

/// <summary>One step of a fused layer on one image: from one frame to the next.</summary>
abstract class FusedStep(Frame from, Frame to, bool relu)
{
    /// <summary>What it reads.</summary>
    public Frame From => from;

    /// <summary>What it writes.</summary>
    public Frame To => to;

    /// <summary>Whether a ReLU is part of it.</summary>
    public bool HasRelu => relu;

    /// <summary>Computes the output.</summary>
    /// <param name="x">What it reads.</param>
    /// <param name="y">What it writes.</param>
    /// <param name="marks">Where its marks go; empty where nobody goes back.</param>
    public abstract void Run(float[] x, float[] y, Span<ushort> marks);

    /// <summary>How many <see cref="LaneMarks"/> its backward pass needs.</summary>
    public abstract int MarkCount { get; }

    /// <summary>How many zeros its backward pass needs on each side of the gradient of the output.</summary>
    public virtual int GradientBorder => 0;

    /// <summary>How many pixels its backward pass writes beyond each side of the gradient of the input.</summary>
    public virtual int GradientReach => 0;

    /// <summary>Its backward pass.</summary>
    /// <param name="from">How the gradient of the output lies.</param>
    /// <param name="to">How the gradient of the input lies.</param>
    public abstract BackwardStep Backward(Frame from, Frame to);

    /// <summary>Takes the weights of its layer anew.</summary>
    public virtual void Refresh()
    {
    }

    /// <summary>Marks where a ReLU lets values through, one for each vector of the output.</summary>
    protected void MarkPositive(float[] y, Span<ushort> marks)
    {
        var mark = 0;
        for (var row = 0; row < To.Height; row++)
        {
            var end = To.Offset(row, To.Width);
            for (var i = To.Offset(row, 0); i < end; i += ConvolutionKernel.Lanes)
                marks[mark++] = LaneMarks.Of(
                    Vector512.GreaterThan(Vector512.LoadUnsafe(ref y[i]), Vector512<float>.Zero));
        }
    }

    /// <summary>Vectors of an image.</summary>
    public static int Vectors(Frame frame) => frame.Height * frame.Width * frame.Pitch / ConvolutionKernel.Lanes;

    /// <summary>The number of values from one pixel to the next that lets whole vectors be written.</summary>
    public static int Pitch(long channels) =>
        (int)((channels + ConvolutionKernel.Lanes - 1) / ConvolutionKernel.Lanes * ConvolutionKernel.Lanes);
}

/// <summary>A convolution, with a ReLU where one follows.</summary>
sealed class ConvolutionStep : FusedStep
{
    readonly ConvLayer layer;
    readonly float[] weight;
    readonly float[] bias;
    readonly int[] taps;
    readonly int[] sources;
    readonly int[] targets;

    public ConvolutionStep(ConvLayer layer, bool relu, Frame from, Frame to) : base(from, to, relu)
    {
        this.layer = layer;
        var (rows, columns) = ((int)layer.Weight.size(2), (int)layer.Weight.size(3));
        taps = from.Window(rows, columns, Pair(layer.Dilation));
        var (row, column) = Pair(layer.Padding);
        sources = from.Offsets(to.Height, to.Width, (-row, -column), Pair(layer.Stride));
        targets = to.Offsets(to.Height, to.Width, (0, 0), (1, 1));
        weight = new float[taps.Length * from.Channels * to.Pitch];
        bias = new float[to.Pitch];
        Refresh();
    }

    /// <summary>The convolution.</summary>
    public ConvLayer Layer => layer;

    public override void Refresh()
    {
        ConvolutionKernel.Pack(layer.Weight, To.Pitch, weight);
        layer.Bias?.data<float>().CopyTo(bias);
    }

    public override void Run(float[] x, float[] y, Span<ushort> marks)
    {
        ConvolutionKernel.RunAll(x, sources, taps, From.Channels, weight, bias, y, targets, To.Pitch, HasRelu);
        if (!marks.IsEmpty)
            MarkPositive(y, marks);
    }

    /// <summary>One for each vector: where the ReLU lets values through.</summary>
    public override int MarkCount => HasRelu ? Vectors(To) : 0;

    public override int GradientBorder => ConvolutionBackward.Border(layer, To, From);

    public override BackwardStep Backward(Frame from, Frame to) => new ConvolutionBackward(layer, HasRelu, from, to);

    static (int Row, int Column) Pair(long[] sizes) => ((int)sizes[0], (int)sizes[^1]);
}

/// <summary>Maxima over windows, with a ReLU where one follows.</summary>
sealed class MaximumStep : FusedStep
{
    readonly Vector512<float> floor;
    readonly int[] window;
    readonly int[] sources;
    readonly int[] targets;

    public MaximumStep(MaximumWindow maximum, bool relu, Frame from, Frame to) : base(from, to, relu)
    {
        Maximum = maximum;
        floor = relu ? Vector512<float>.Zero : Vector512.Create(float.NegativeInfinity);
        window = from.Window(maximum.Size.Row, maximum.Size.Column, (1, 1));
        sources = from.Offsets(to.Height, to.Width, (0, 0), maximum.Stride);
        targets = to.Offsets(to.Height, to.Width, (0, 0), (1, 1));
    }

    /// <summary>The windows.</summary>
    public MaximumWindow Maximum { get; }

    public override BackwardStep Backward(Frame from, Frame to) => new MaximumBackward(Maximum, from, to);

    public override void Run(float[] x, float[] y, Span<ushort> marks)
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

        if (!marks.IsEmpty)
            Mark(x, y, marks);
    }

    /// <summary>
    /// One for each vector and place in the window: where the maximum comes from it, or from the first of equal ones,
    /// as in torch; nowhere where a ReLU is 0.
    /// </summary>
    public override int MarkCount => Vectors(To) * window.Length;

    void Mark(float[] x, float[] y, Span<ushort> marks)
    {
        var mark = 0;
        for (var pixel = 0; pixel < To.Height * To.Width; pixel++)
        {
            for (var channel = 0; channel < To.Pitch; channel += ConvolutionKernel.Lanes)
            {
                var maximum = Vector512.LoadUnsafe(ref y[targets[pixel] + channel]);
                // Without a ReLU the floor is -infinity, and every maximum lies above it.
                var open = LaneMarks.Of(Vector512.GreaterThan(maximum, floor));
                foreach (var place in window)
                {
                    var here = (ushort)(
                        open & LaneMarks.Of(
                            Vector512.Equals(maximum, Vector512.LoadUnsafe(ref x[sources[pixel] + place + channel]))));
                    marks[mark++] = here;
                    open &= (ushort)~here;
                }
            }
        }
    }
}
