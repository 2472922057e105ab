using System.Runtime.Intrinsics.X86;

namespace Ensembles;

/// <summary>
/// Finds the runs of layers that one <see cref="FusedLayer"/> can compute: a convolution and what follows it, up to the
/// first layer of another kind.
/// </summary>
static class Fusing
{
    /// <summary>
    /// Whether the processor has the instructions that fused layers are written for: 512-bit floats, and masks of them.
    /// </summary>
    /// <remarks>
    /// <c>Vector512.IsHardwareAccelerated</c> asks what .NET prefers, and says no on processors that have them and gain
    /// by them.
    /// </remarks>
    public static bool IsSupported => Avx512F.IsSupported && Avx512DQ.IsSupported;

    /// <summary>The runs of a network, as fused layers with weights of their own.</summary>
    /// <param name="layers">Layers in float32.</param>
    /// <param name="shapes">The shape of the input of each, and last that of the output.</param>
    /// <param name="withGradient">Whether gradients to the input are asked for.</param>
    /// <returns>For the index of each first layer of a run: the fused layer, and how many layers it replaces.</returns>
    public static Dictionary<int, (FusedLayer Layer, int Count)> Runs(
        IReadOnlyList<FrozenLayer> layers, IReadOnlyList<long[]> shapes, bool withGradient)
    {
        var runs = new Dictionary<int, (FusedLayer, int)>();
        for (var i = 0; i < layers.Count; i++)
        {
            var count = layers.Skip(i).TakeWhile((layer, j) => shapes[i + j].Length == 4 && CanBeAStep(layer)).Count();
            if (layers[i] is not ConvLayer || count == 0)
                continue;
            var flatten = i + count < layers.Count && layers[i + count] is PixelFlattenLayer;
            var parts = layers.Skip(i).Take(flatten ? count + 1 : count).ToList();
            if (Steps(parts, shapes[i], [.. Enumerable.Range(i + 1, count).Select(j => shapes[j])]) is { } steps)
            {
                var layer = new FusedLayer(
                    steps,
                    flatten,
                    string.Join(", ", parts.Select(part => part.Architecture)))
                {
                    Backward = withGradient ? Backward(parts, steps) : null,
                };
                runs.Add(i, (layer, parts.Count));
            }

            i += count - 1;
        }

        return runs;
    }

    static bool CanBeAStep(FrozenLayer layer) =>
        layer is ConvLayer { Groups: 1 } or ReluLayer or ChannelwiseLayer { Maximum: not null };

    /// <summary>The steps of a run; null where an image is too large for an array.</summary>
    /// <param name="layers">The run.</param>
    /// <param name="input">The shape of its input.</param>
    /// <param name="outputs">The shape behind each of its layers.</param>
    static FusedStep[]? Steps(List<FrozenLayer> layers, long[] input, long[][] outputs)
    {
        // A ReLU belongs to the step before it.
        var acting = Enumerable.Range(0, outputs.Length).Where(i => layers[i] is not ReluLayer).ToList();
        var borders = acting
            .Select(i => layers[i] is ConvLayer convolution ? (int)convolution.Padding.Max() : 0)
            .Append(0)
            .ToList();
        // The input is only read, one value at a time.
        var from = new Frame((int)input[1], (int)input[2], (int)input[3], borders[0], (int)input[1]);
        var steps = new List<FusedStep>();
        foreach (var (step, i) in acting.Index())
        {
            var relu = i + 1 < layers.Count && layers[i + 1] is ReluLayer;
            var shape = outputs[i];
            var to = new Frame(
                (int)shape[1], (int)shape[2], (int)shape[3], borders[step + 1], FusedStep.Pitch(shape[1]));
            if (Math.Max(from.Size, to.Size) > Array.MaxLength)
                return null;
            steps.Add(
                layers[i] is ConvLayer layer
                    ? new ConvolutionStep(layer, relu, from, to)
                    : new MaximumStep(((ChannelwiseLayer)layers[i]).Maximum!, relu, from, to));
            from = to;
        }

        return [.. steps];
    }

    /// <summary>The backward passes of the steps of a run, the last one's first.</summary>
    static List<BackwardStep> Backward(List<FrozenLayer> layers, FusedStep[] steps)
    {
        var acting = layers.Where(layer => layer is ConvLayer or ChannelwiseLayer).ToList();
        var backward = new List<BackwardStep>();
        var to = Gradient(0);
        for (var i = 0; i < steps.Length;)
        {
            var count = IsSparse(i) ? 2 : 1;
            var from = Gradient(i + count);
            backward.Insert(0, acting[i] is not ConvLayer convolution ? new MaximumBackward(Maximum(i), from, to)
                : IsSparse(i) ? new SparseBackward(convolution, Maximum(i + 1), from, to)
                : new ConvolutionBackward(convolution, steps[i].HasRelu, from, to));
            (i, to) = (i + count, from);
        }

        return backward;

        MaximumWindow Maximum(int step) => ((ChannelwiseLayer)acting[step]).Maximum!;

        // A convolution and the maxima behind it have one backward pass.
        bool IsSparse(int step) =>
            step + 1 < steps.Length && acting[step] is ConvLayer convolution && acting[step + 1] is ChannelwiseLayer
            && !steps[step].HasRelu
                && SparseBackward.Can(convolution)
                && !ConvolutionBackward.IsFew(steps[step].From.Channels);

        // How the gradient of a step's input lies, which that step writes and the one before it reads.
        Frame Gradient(int step)
        {
            var values = step < steps.Length ? steps[step].From : steps[^1].To;
            var written = step < steps.Length && IsSparse(step) ? ((ConvLayer)acting[step]).Padding.Max() : 0;
            var read = step > 0 && acting[step - 1] is ConvLayer convolution
                ? ConvolutionBackward.Border(convolution, values, steps[step - 1].From)
                : 0;
            var isImage = step == 0 && ConvolutionBackward.IsFew(values.Channels);
            return values with
            {
                Border = (int)Math.Max(written, read),
                Pitch = isImage ? values.Channels : FusedStep.Pitch(values.Channels),
            };
        }
    }
}
