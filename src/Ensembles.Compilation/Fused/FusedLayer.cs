using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Convolutions with the activations and maxima behind them, image by image, for networks under attack: what stands
/// between two steps stays in the processor's cache, and no step costs a call into torch.
/// </summary>
/// <remarks>
/// Float32, on the CPU, as many images at once as torch has threads; the number of threads changes no result.
/// </remarks>
/// <param name="row">The steps.</param>
/// <param name="flatten">Whether each image becomes one row, pixel by pixel.</param>
/// <param name="architecture">What it is.</param>
sealed class FusedLayer(FusedRow row, bool flatten, string architecture) : FrozenLayer
{
    readonly ConcurrentBag<(float[] From, float[] To)> spare = [];
    readonly ConcurrentBag<(float[] From, float[] To)> spareGradients = [];

    public override string Architecture => architecture;

    /// <summary>
    /// From the gradient of the output to that of the input; null where no gradients are asked for.
    /// </summary>
    public BackwardRow? Backward { get; init; }

    public override Tensor Run(Tensor x) =>
        Backward is not null && is_grad_enabled() && x.requires_grad ? FusedGradient.Of(x, this) : Run(x, marks: null);

    public override void Refresh()
    {
        row.Refresh();
        Backward?.Refresh();
    }

    /// <summary>The output, and for each image what its backward pass needs to know of it.</summary>
    public (Tensor Output, Tensor Marks) RunMarked(Tensor x)
    {
        var marks = empty([x.size(0), row.MarkCount], dtype: ScalarType.Int16);
        return (Run(x, marks), marks);
    }

    /// <summary>The gradient of the input, from that of the output.</summary>
    public Tensor Back(Tensor gradient, Tensor marks)
    {
        var backward = Backward ?? throw new InvalidOperationException("The layer is without gradients.");
        var (first, last) = (backward.From, backward.To);
        var count = (int)gradient.size(0);
        using var scope = NewDisposeScope();
        var output = flatten ? gradient.contiguous() : gradient.permute(0, 2, 3, 1).contiguous();
        var input = empty([count, last.Height, last.Width, last.Channels]);
        var (read, written) = (first.Height * first.Width * first.Channels, last.Height * last.Width * last.Channels);
        var perImage = (int)marks.size(1);
        ForEach(count, image => Back(
            backward,
            Part<float>(output, image, read),
            Part<ushort>(marks, image, perImage),
            Part<float>(input, image, written)));
        return input.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    Tensor Run(Tensor x, Tensor? marks)
    {
        var (first, last) = (row.From, row.To);
        var count = (int)x.size(0);
        using var scope = NewDisposeScope();
        var input = x.permute(0, 2, 3, 1).contiguous();
        var output = empty([count, last.Height, last.Width, last.Channels]);
        var (read, written) = (first.Height * first.Width * first.Channels, last.Height * last.Width * last.Channels);
        var perImage = (int)(marks?.size(1) ?? 0);
        ForEach(count, image => Run(
            Part<float>(input, image, read),
            Part<float>(output, image, written),
            marks is null ? [] : Part<ushort>(marks, image, perImage)));
        return (flatten ? output.view(count, -1) : output.permute(0, 3, 1, 2)).MoveToOuterDisposeScope();
    }

    /// <summary>The values of one item of many, each of <paramref name="count"/>.</summary>
    static Span<T> Part<T>(Tensor values, int item, int count) where T : struct =>
        count == 0 ? [] : MemoryMarshal.Cast<byte, T>(values.bytes).Slice(item * count, count);

    static void ForEach(int count, Action<int> run)
    {
        var threads = get_num_threads();
        if (threads > 1 && count > 1)
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, run);
            return;
        }

        for (var i = 0; i < count; i++)
            run(i);
    }

    void Run(ReadOnlySpan<float> image, Span<float> result, Span<ushort> marks)
    {
        if (!spare.TryTake(out var values))
            values = (new float[row.From.Size], new float[row.To.Size]);
        row.From.Fill(image, values.From);
        row.Run(values.From, values.To, marks);
        row.To.Empty(values.To, result);
        spare.Add(values);
    }

    void Back(BackwardRow backward, ReadOnlySpan<float> output, ReadOnlySpan<ushort> marks, Span<float> input)
    {
        if (!spareGradients.TryTake(out var values))
            values = (new float[backward.From.Size], new float[backward.To.Size]);
        backward.From.Fill(output, values.From);
        backward.Run(values.From, marks, values.To);
        backward.To.Empty(values.To, input);
        spareGradients.Add(values);
    }
}
