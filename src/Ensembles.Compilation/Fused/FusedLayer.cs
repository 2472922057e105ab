using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Convolutions with the activations and maxima behind them, of one network or of several of one architecture on the
/// same input, image by image: what stands between two steps stays in the processor's cache, and no step costs a call
/// into torch.
/// </summary>
/// <remarks>
/// Float32, on the CPU, as many images at once as torch has threads; the number of threads changes no result.
/// </remarks>
/// <param name="networks">The steps of each network, in frames of the same shapes.</param>
/// <param name="flatten">Whether each image becomes one row, pixel by pixel.</param>
/// <param name="architecture">What it is.</param>
/// <param name="bound">
/// The largest magnitude of an output for inputs up to 0 and up to 1; in between and beyond it is a line.
/// </param>
sealed class FusedLayer(
    IReadOnlyList<FusedStep[]> networks,
    bool flatten,
    string architecture,
    (double At0, double At1) bound) : FrozenLayer
{
    readonly ConcurrentBag<float[][]> spare = [];
    readonly ConcurrentBag<float[][]> spareGradients = [];

    /// <summary>Whether each image becomes one row.</summary>
    public bool Flatten => flatten;

    public override string Architecture => architecture;

    public override double Bound(double input) => bound.At0 + ((bound.At1 - bound.At0) * input);

    /// <summary>Networks of one architecture side by side, on the same input: [M, N, F].</summary>
    public static FusedLayer Together(IReadOnlyList<FusedLayer> layers) =>
        new(
            [.. layers.SelectMany(layer => layer.Steps)],
            layers[0].Flatten,
            $"{layers.Count} x ({layers[0].Architecture})",
            (double.PositiveInfinity, double.PositiveInfinity)) { IsStack = true };

    IReadOnlyList<FusedStep[]> Steps => networks;

    bool IsStack { get; init; }

    /// <summary>
    /// The steps from the gradient of the output to that of the input, first the last step's; null where the layer is
    /// for inference only. One network has them, and not several.
    /// </summary>
    public IReadOnlyList<BackwardStep>? Backward { get; init; }

    public override Tensor Run(Tensor x) =>
        Backward is not null && is_grad_enabled() && x.requires_grad ? FusedGradient.Of(x, this) : Run(x, marks: null);

    public override void Refresh()
    {
        foreach (var step in networks.SelectMany(steps => steps))
            step.Refresh();
        foreach (var step in Backward ?? [])
            step.Refresh();
    }

    /// <summary>The output, and for each image what its backward pass needs to know of it.</summary>
    public (Tensor Output, Tensor Marks) RunMarked(Tensor x)
    {
        var marks = empty([x.size(0), networks[0].Sum(step => step.MarkCount)], dtype: ScalarType.Int16);
        return (Run(x, marks), marks);
    }

    /// <summary>The gradient of the input, from that of the output.</summary>
    public Tensor Back(Tensor gradient, Tensor marks)
    {
        var steps = Backward ?? throw new InvalidOperationException("A layer for inference has no gradient.");
        var (first, last) = (steps[0].From, steps[^1].To);
        var count = (int)gradient.size(0);
        using var scope = NewDisposeScope();
        var output = flatten ? gradient.contiguous() : gradient.permute(0, 2, 3, 1).contiguous();
        var input = empty([count, last.Height, last.Width, last.Channels]);
        var (read, written) = (first.Height * first.Width * first.Channels, last.Height * last.Width * last.Channels);
        var perImage = (int)marks.size(1);
        ForEach(count, image => Back(
            steps,
            Part<float>(output, image, read),
            Part<ushort>(marks, image, perImage),
            Part<float>(input, image, written)));
        return input.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    Tensor Run(Tensor x, Tensor? marks)
    {
        var (first, last) = (networks[0][0].From, networks[0][^1].To);
        var count = (int)x.size(0);
        using var scope = NewDisposeScope();
        var input = x.permute(0, 2, 3, 1).contiguous();
        var output = empty([networks.Count, count, last.Height, last.Width, last.Channels]);
        var (read, written) = (first.Height * first.Width * first.Channels, last.Height * last.Width * last.Channels);
        var perImage = (int)(marks?.size(1) ?? 0);
        ForEach(networks.Count * count, item => Run(
            networks[item / count],
            Part<float>(input, item % count, read),
            Part<float>(output, item, written),
            marks is null ? [] : Part<ushort>(marks, item, perImage)));
        var shaped = flatten ? output.view(networks.Count, count, -1) : output.permute(0, 1, 4, 2, 3);
        return (IsStack ? shaped : shaped[0]).MoveToOuterDisposeScope();
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

    void Run(FusedStep[] steps, ReadOnlySpan<float> image, Span<float> result, Span<ushort> marks)
    {
        if (!spare.TryTake(out var values))
            values = [.. steps.Select(step => new float[step.From.Size]), new float[steps[^1].To.Size]];
        steps[0].From.Fill(image, values[0]);
        var mark = 0;
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i].Run(values[i], values[i + 1]);
            if (marks.IsEmpty)
                continue;
            steps[i].Mark(values[i], values[i + 1], marks.Slice(mark, steps[i].MarkCount));
            mark += steps[i].MarkCount;
        }

        steps[^1].To.Empty(values[^1], result);
        spare.Add(values);
    }

    void Back(
        IReadOnlyList<BackwardStep> steps, ReadOnlySpan<float> output, ReadOnlySpan<ushort> marks, Span<float> input)
    {
        if (!spareGradients.TryTake(out var values))
            values = [.. steps.Select(step => new float[step.From.Size]), new float[steps[^1].To.Size]];
        steps[0].From.Fill(output, values[0]);
        var end = marks.Length;
        for (var i = 0; i < steps.Count; i++)
        {
            end -= steps[i].MarkCount;
            steps[i].Run(values[i], marks.Slice(end, steps[i].MarkCount), values[i + 1]);
        }

        steps[^1].To.Empty(values[^1], input);
        spareGradients.Add(values);
    }
}
