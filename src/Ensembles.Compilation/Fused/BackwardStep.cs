using System.Runtime.Intrinsics;

namespace Ensembles;

/// <summary>
/// The backward pass of a fused step on one image: from the gradient of its output to that of its input.
/// </summary>
/// <param name="from">How the gradient of the output lies.</param>
/// <param name="to">How the gradient of the input lies.</param>
/// <param name="markCount">How many marks it needs.</param>
abstract class BackwardStep(Frame from, Frame to, int markCount)
{
    /// <summary>How many marks it needs.</summary>
    public int MarkCount => markCount;

    /// <summary>What it reads.</summary>
    public Frame From => from;

    /// <summary>What it writes.</summary>
    public Frame To => to;

    /// <summary>Takes the weights of its layer anew.</summary>
    public virtual void Refresh()
    {
    }

    /// <summary>Computes the gradient of the input.</summary>
    /// <param name="output">The gradient of the output; the step may change it.</param>
    /// <param name="marks">What <see cref="FusedStep.Run"/> wrote.</param>
    /// <param name="input">The gradient of the input.</param>
    public abstract void Run(float[] output, ReadOnlySpan<ushort> marks, float[] input);

    /// <summary>Makes the gradient zero where a ReLU let nothing through; a mark for each vector.</summary>
    protected void KeepMarked(float[] output, ReadOnlySpan<ushort> marks)
    {
        var mark = 0;
        for (var row = 0; row < From.Height; row++)
        {
            var end = From.Offset(row, From.Width);
            for (var i = From.Offset(row, 0); i < end; i += ConvolutionKernel.Lanes)
            {
                ref var values = ref output[i];
                LaneMarks.Keep(Vector512.LoadUnsafe(ref values), marks[mark++]).StoreUnsafe(ref values);
            }
        }
    }
}

/// <summary>
/// Each maximum's gradient goes to the value that was the maximum; those of windows that overlap add up.
/// </summary>
sealed class MaximumBackward : BackwardStep
{
    readonly int[] window;
    readonly int[] sources;
    readonly int[] targets;

    public MaximumBackward(MaximumWindow maximum, Frame from, Frame to)
        : base(from, to, FusedStep.Vectors(from) * maximum.Size.Row * maximum.Size.Column)
    {
        window = to.Window(maximum.Size.Row, maximum.Size.Column, (1, 1));
        targets = to.Offsets(from.Height, from.Width, (0, 0), maximum.Stride);
        sources = from.Offsets(from.Height, from.Width, (0, 0), (1, 1));
    }

    public override void Run(float[] output, ReadOnlySpan<ushort> marks, float[] input)
    {
        Array.Clear(input);
        var mark = 0;
        for (var pixel = 0; pixel < From.Height * From.Width; pixel++)
        {
            for (var channel = 0; channel < From.Pitch; channel += ConvolutionKernel.Lanes)
            {
                var gradient = Vector512.LoadUnsafe(ref output[sources[pixel] + channel]);
                foreach (var place in window)
                {
                    ref var target = ref input[targets[pixel] + place + channel];
                    var sum = Vector512.LoadUnsafe(ref target) + LaneMarks.Keep(gradient, marks[mark++]);
                    sum.StoreUnsafe(ref target);
                }
            }
        }
    }
}
