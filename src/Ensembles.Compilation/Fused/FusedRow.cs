using System.Collections.Concurrent;

namespace Ensembles;

/// <summary>Steps on one image, one after the other. Several threads may run it at once.</summary>
/// <param name="steps">The steps, at least one.</param>
sealed class FusedRow(IReadOnlyList<FusedStep> steps)
{
    readonly ConcurrentBag<float[][]> spare = [];

    /// <summary>How the input lies.</summary>
    public Frame From => steps[0].From;

    /// <summary>How the output lies.</summary>
    public Frame To => steps[^1].To;

    /// <summary>How many marks the way back needs.</summary>
    public int MarkCount { get; } = steps.Sum(step => step.MarkCount);

    /// <summary>How many zeros the way back needs on each side of the gradient of the output.</summary>
    public int GradientBorder => steps[^1].GradientBorder;

    /// <summary>How many pixels it writes beyond each side of the gradient of the input.</summary>
    public int GradientReach => ReachOf(0);

    /// <summary>Takes the weights of all layers anew.</summary>
    public void Refresh()
    {
        foreach (var step in steps)
            step.Refresh();
    }

    /// <summary>Computes the output.</summary>
    /// <param name="x">The input.</param>
    /// <param name="y">The output.</param>
    /// <param name="marks">Where the marks go; empty where nobody goes back.</param>
    public void Run(float[] x, float[] y, Span<ushort> marks)
    {
        if (!spare.TryTake(out var between))
            between = [.. steps.Skip(1).Select(step => new float[step.From.Size])];
        var mark = 0;
        for (var i = 0; i < steps.Count; i++)
        {
            var here = marks.IsEmpty ? marks : marks.Slice(mark, steps[i].MarkCount);
            steps[i].Run(i == 0 ? x : between[i - 1], i == steps.Count - 1 ? y : between[i], here);
            mark += steps[i].MarkCount;
        }

        spare.Add(between);
    }

    /// <summary>The way back.</summary>
    /// <param name="from">
    /// How the gradient of the output lies, with <see cref="GradientBorder"/> around it at least.
    /// </param>
    /// <param name="to">
    /// How the gradient of the input lies, with <see cref="GradientReach"/> around it at least.
    /// </param>
    public BackwardRow Backward(Frame from, Frame to)
    {
        var backward = new List<BackwardStep>();
        for (var i = 0; i < steps.Count;)
        {
            var count = IsSparse(i) ? 2 : 1;
            var read = i + count == steps.Count ? from : Between(i + count);
            backward.Insert(0, count == 1 ? steps[i].Backward(read, to) : new SparseBackward(
                ((ConvolutionStep)steps[i]).Layer, ((MaximumStep)steps[i + 1]).Maximum, read, to));
            (i, to) = (i + count, read);
        }

        return new BackwardRow(backward);
    }

    /// <summary>How the gradient of a step's input lies, which that step writes and the one before it reads.</summary>
    Frame Between(int step) => steps[step].From with
    {
        Border = Math.Max(ReachOf(step), steps[step - 1].GradientBorder),
    };

    int ReachOf(int step) =>
        IsSparse(step) ? (int)((ConvolutionStep)steps[step]).Layer.Padding.Max() : steps[step].GradientReach;

    /// <summary>Whether a convolution and the maxima behind it have one backward pass.</summary>
    bool IsSparse(int step) =>
        step + 1 < steps.Count
        && steps[step] is ConvolutionStep { HasRelu: false } convolution
        && steps[step + 1] is MaximumStep
        && SparseBackward.Can(convolution.Layer)
        && !ConvolutionBackward.IsFew(convolution.From.Channels);
}

/// <summary>
/// The way back through steps on one image, the last one's first. Several threads may run it at once.
/// </summary>
/// <param name="steps">The steps, at least one.</param>
sealed class BackwardRow(IReadOnlyList<BackwardStep> steps)
{
    readonly ConcurrentBag<float[][]> spare = [];

    /// <summary>How the gradient of the output lies.</summary>
    public Frame From => steps[0].From;

    /// <summary>How the gradient of the input lies.</summary>
    public Frame To => steps[^1].To;

    /// <summary>Takes the weights of all layers anew.</summary>
    public void Refresh()
    {
        foreach (var step in steps)
            step.Refresh();
    }

    /// <summary>Computes the gradient of the input.</summary>
    /// <param name="output">The gradient of the output; the steps may change it.</param>
    /// <param name="marks">What <see cref="FusedRow.Run"/> wrote.</param>
    /// <param name="input">The gradient of the input.</param>
    public void Run(float[] output, ReadOnlySpan<ushort> marks, float[] input)
    {
        if (!spare.TryTake(out var between))
            between = [.. steps.Skip(1).Select(step => new float[step.From.Size])];
        var end = marks.Length;
        for (var i = 0; i < steps.Count; i++)
        {
            end -= steps[i].MarkCount;
            steps[i].Run(
                i == 0 ? output : between[i - 1],
                marks.Slice(end, steps[i].MarkCount),
                i == steps.Count - 1 ? input : between[i]);
        }

        spare.Add(between);
    }
}
