using System.Collections.Concurrent;
using System.Runtime.Intrinsics;

namespace Ensembles;

/// <summary>branch(x) + shortcut(x), with a ReLU where one follows; without a shortcut, branch(x) + x.</summary>
sealed class ResidualStep : FusedStep
{
    readonly ConcurrentBag<float[]> spare = [];

    /// <param name="branch">From the step's input to its output, without a ReLU at its end.</param>
    /// <param name="shortcut">From the same input to a frame of its own; null for the input itself.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    public ResidualStep(FusedRow branch, FusedRow? shortcut, bool relu) : base(branch.From, branch.To, relu)
    {
        (Branch, Shortcut) = (branch, shortcut);
        MarkCount = branch.MarkCount + (shortcut?.MarkCount ?? 0) + (relu ? Vectors(To) : 0);
    }

    public FusedRow Branch { get; }

    public FusedRow? Shortcut { get; }

    public override int MarkCount { get; }

    public override int GradientBorder => Math.Max(Branch.GradientBorder, Shortcut?.GradientBorder ?? 0);

    public override int GradientReach => Math.Max(Branch.GradientReach, Shortcut?.GradientReach ?? 0);

    public override BackwardStep Backward(Frame from, Frame to) => new ResidualBackward(this, from, to);

    public override void Refresh()
    {
        Branch.Refresh();
        Shortcut?.Refresh();
    }

    public override void Run(float[] x, float[] y, Span<ushort> marks)
    {
        var (inBranch, inShortcut) = (Branch.MarkCount, Shortcut?.MarkCount ?? 0);
        Branch.Run(x, y, marks.IsEmpty ? marks : marks[..inBranch]);
        if (Shortcut is null)
        {
            Add(x, From, y);
        }
        else
        {
            if (!spare.TryTake(out var passed))
                passed = new float[Shortcut.To.Size];
            Shortcut.Run(x, passed, marks.IsEmpty ? marks : marks.Slice(inBranch, inShortcut));
            Add(passed, Shortcut.To, y);
            spare.Add(passed);
        }

        if (!marks.IsEmpty && HasRelu)
            MarkPositive(y, marks[(inBranch + inShortcut)..]);
    }

    void Add(float[] passed, Frame frame, float[] y)
    {
        // NaN stays NaN, as in torch.
        var floor = HasRelu ? Vector512<float>.Zero : Vector512.Create(float.NegativeInfinity);
        for (var row = 0; row < To.Height; row++)
        {
            var (from, to) = (frame.Offset(row, 0), To.Offset(row, 0));
            for (var i = 0; i < To.Width * To.Pitch; i += ConvolutionKernel.Lanes)
            {
                ref var sum = ref y[to + i];
                Vector512.Max(Vector512.LoadUnsafe(ref sum) + Vector512.LoadUnsafe(ref passed[from + i]), floor)
                    .StoreUnsafe(ref sum);
            }
        }
    }
}

/// <summary>The gradient of a sum goes both ways, and what comes back adds up.</summary>
sealed class ResidualBackward : BackwardStep
{
    readonly BackwardRow branch;
    readonly BackwardRow? shortcut;
    readonly (int Branch, int Shortcut) marksOf;
    readonly ConcurrentBag<float[]> spare = [];

    /// <param name="step">The sum.</param>
    /// <param name="from">How the gradient of the output lies.</param>
    /// <param name="to">How the gradient of the input lies, in whole vectors.</param>
    public ResidualBackward(ResidualStep step, Frame from, Frame to) : base(from, to, step.MarkCount)
    {
        (branch, shortcut) = (step.Branch.Backward(from, to), step.Shortcut?.Backward(from, to));
        marksOf = (step.Branch.MarkCount, step.Shortcut?.MarkCount ?? 0);
    }

    public override void Refresh()
    {
        branch.Refresh();
        shortcut?.Refresh();
    }

    public override void Run(float[] output, ReadOnlySpan<ushort> marks, float[] input)
    {
        var ofRelu = marks[(marksOf.Branch + marksOf.Shortcut)..];
        if (!ofRelu.IsEmpty)
            KeepMarked(output, ofRelu);
        // The branch ends without a ReLU, so that it leaves the gradient as it is.
        branch.Run(output, marks[..marksOf.Branch], input);
        if (shortcut is null)
        {
            Add(output, From, input);
            return;
        }

        if (!spare.TryTake(out var passed))
            passed = new float[To.Size];
        shortcut.Run(output, marks.Slice(marksOf.Branch, marksOf.Shortcut), passed);
        Add(passed, To, input);
        spare.Add(passed);
    }

    void Add(float[] passed, Frame frame, float[] input)
    {
        for (var row = 0; row < To.Height; row++)
        {
            var (from, to) = (frame.Offset(row, 0), To.Offset(row, 0));
            for (var i = 0; i < To.Width * To.Pitch; i += ConvolutionKernel.Lanes)
            {
                ref var sum = ref input[to + i];
                (Vector512.LoadUnsafe(ref sum) + Vector512.LoadUnsafe(ref passed[from + i])).StoreUnsafe(ref sum);
            }
        }
    }
}
