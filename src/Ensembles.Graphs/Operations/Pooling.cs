using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs;

/// <summary>An operation on windows of each channel of images [N, C, H, W].</summary>
/// <param name="Window">The window.</param>
public abstract record Pooling(Window Window) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var shape = inputs.Floating(0).OfRank(4, "What it pools");
        if (Window is { Ceiling: true, Padding.IsSymmetric: false })
            throw new GraphException("Windows that reach over an edge, with padding that differs from side to side.");
        return new(inputs[0]!.Type, Window.Over(shape, shape[1].Number("The number of channels")));
    }

    /// <inheritdoc/>
    public override double Work(IReadOnlyList<TensorType?> inputs, IReadOnlyList<TensorType> outputs) =>
        // Comparisons are slower than a convolution's multiplications.
        8.0 * outputs[0].Shape.Elements * Window.Height * Window.Width;

    /// <summary>Whether torch's own padding does: the same on both sides, and at most half a window.</summary>
    private protected bool TorchPads => Window.Padding is { IsSymmetric: true } padding
        && padding.Top * 2 <= Window.Height && padding.Left * 2 <= Window.Width;

    private protected long[] Kernel => [Window.Height, Window.Width];

    private protected long[] Strides => [Window.Strides.Down, Window.Strides.Right];

    private protected long[] OwnPadding => TorchPads ? [Window.Padding.Top, Window.Padding.Left] : [0, 0];
}

/// <summary>The largest value in each window; what is added around the image is never the largest.</summary>
/// <param name="Window">The window.</param>
public sealed record MaxPool(Window Window) : Pooling(Window)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes =>
        [.. Window.Attributes(), ("ceil_mode", Window.Ceiling ? 1L : 0L)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var (padding, type) = (Window.Padding, base.InferOne(inputs));
        var (high, wide) = (
            Window.Dilations.Down * (Window.Height - 1), Window.Dilations.Right * (Window.Width - 1));
        if (Math.Max(padding.Top, padding.Bottom) > high || Math.Max(padding.Left, padding.Right) > wide)
            throw new GraphException("Its padding leaves windows without a pixel of the image.");
        return Window.Ceiling && !TorchPads
            ? throw new GraphException("Windows that reach over an edge, with padding of more than half a window.")
            : type;
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        using var padded = TorchPads ? null : functional.pad(
            inputs[0]!, Window.Padding.ForTorch, PaddingModes.Constant, double.NegativeInfinity);
        return functional.max_pool2d(
            padded ?? inputs[0]!, Kernel, Strides, OwnPadding, [Window.Dilations.Down, Window.Dilations.Right],
            Window.Ceiling);
    }
}

/// <summary>The mean of each window.</summary>
/// <param name="Window">The window, without dilation.</param>
/// <param name="CountsPadding">Whether what is added around the image counts as zeros.</param>
public sealed record AveragePool(Window Window, bool CountsPadding = false) : Pooling(Window)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes =>
    [
        .. Window.Attributes(dilations: false),
        ("ceil_mode", Window.Ceiling ? 1L : 0L),
        ("count_include_pad", CountsPadding ? 1L : 0L),
    ];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        if (Window.Dilations != (1, 1))
            throw new GraphException("Average pooling with dilation.");
        var padding = Window.Padding;
        if (Math.Max(padding.Top, padding.Bottom) >= Window.Height
            || Math.Max(padding.Left, padding.Right) >= Window.Width)
            throw new GraphException("Its padding leaves windows without a pixel of the image.");
        var type = base.InferOne(inputs);
        return Window.Ceiling && !TorchPads
            ? throw new GraphException("Windows that reach over an edge, with padding of more than half a window.")
            : type;
    }

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        if (TorchPads)
            return functional.avg_pool2d(inputs[0]!, Kernel, Strides, OwnPadding, Window.Ceiling, CountsPadding);

        // The mean of the pixels alone is that with the zeros, by the share of pixels in the window.
        using var scope = NewDisposeScope();
        var padding = Window.Padding.ForTorch;
        var means = functional.avg_pool2d(functional.pad(inputs[0]!, padding), Kernel, Strides);
        if (CountsPadding)
            return means.MoveToOuterDisposeScope();
        var pixels = functional.pad(ones_like(inputs[0]!.detach()[0..1, 0..1]), padding);
        return (means / functional.avg_pool2d(pixels, Kernel, Strides)).MoveToOuterDisposeScope();
    }
}

/// <summary>The mean of each channel, [N, C, 1, 1].</summary>
public sealed record GlobalAveragePool : GlobalPooling
{
    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        inputs[0]!.mean(Pixels(inputs[0]!), keepdim: true);
}

/// <summary>The largest value of each channel, [N, C, 1, 1].</summary>
public sealed record GlobalMaxPool : GlobalPooling
{
    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) =>
        inputs[0]!.amax(Pixels(inputs[0]!), keepdim: true);
}

/// <summary>One value of each channel of images [N, C, ...].</summary>
public abstract record GlobalPooling : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (1, 1);

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var shape = inputs.Floating(0).Shape;
        if (shape.Count < 3 || shape.Skip(2).Any(size => size.IsBatch || size.Factor == 0))
            throw new GraphException($"What it pools has the shape {shape}, and [N, C, H, W] is needed.");
        return new(inputs[0]!.Type, new(shape.Select((size, i) => i < 2 ? size : 1)));
    }

    /// <inheritdoc/>
    public override double Work(IReadOnlyList<TensorType?> inputs, IReadOnlyList<TensorType> outputs) =>
        10.0 * inputs[0]!.Shape.Elements;

    private protected static long[] Pixels(Tensor images) =>
        [.. Enumerable.Range(2, (int)images.dim() - 2).Select(i => (long)i)];
}
