using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Finds the runs of layers that one <see cref="FusedLayer"/> can compute: a convolution, or a sum of ways of such
/// layers, and what follows it, up to the first layer of another kind.
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
            if (layers[i] is not (ConvLayer or SumLayer) || count == 0)
                continue;
            var flatten = i + count < layers.Count && layers[i + count] is PixelFlattenLayer;
            var parts = layers.Skip(i).Take(count).ToList();
            if (Row(parts, [.. shapes.Skip(i).Take(count + 1)]) is { } row)
            {
                var replaced = layers.Skip(i).Take(flatten ? count + 1 : count);
                var layer = new FusedLayer(row, flatten, string.Join(", ", replaced.Select(part => part.Architecture)))
                {
                    Backward = withGradient ? Backward(row, isSum: parts[0] is SumLayer) : null,
                };
                runs.Add(i, (layer, replaced.Count()));
            }

            i += count - 1;
        }

        return runs;
    }

    /// <summary>Whether a layer can be a step of a run, or part of one.</summary>
    public static bool CanBeAStep(FrozenLayer layer) => layer switch
    {
        ConvLayer { Groups: 1 } or ReluLayer or ChannelwiseLayer { Maximum: not null } => true,
        // The gradient of a sum is read on both ways, so that no ReLU may change it on one of them.
        SumLayer { Branch: [not ReluLayer, ..] branch and [.., not ReluLayer], Shortcut: var shortcut } =>
            branch.All(CanBeAStep) && shortcut is [] or [not ReluLayer, ..] && shortcut.All(CanBeAStep),
        _ => false,
    };

    /// <summary>A run by itself.</summary>
    static FusedRow? Row(List<FrozenLayer> layers, List<long[]> shapes)
    {
        var image = shapes[0];
        // Convolutions read one value at a time; sums read whole vectors.
        var pitch = layers[0] is SumLayer ? FusedStep.Pitch(image[1]) : (int)image[1];
        var from = new Frame((int)image[1], (int)image[2], (int)image[3], Border(layers[0]), pitch);
        return Row(layers, shapes, from, border: 0);
    }

    /// <summary>The way back through a run by itself.</summary>
    static BackwardRow Backward(FusedRow row, bool isSum)
    {
        var isImage = !isSum && ConvolutionBackward.IsFew(row.From.Channels);
        return row.Backward(
            row.To with { Border = row.GradientBorder },
            row.From with
            {
                Border = row.GradientReach,
                Pitch = isImage ? row.From.Channels : FusedStep.Pitch(row.From.Channels),
            });
    }

    /// <summary>Layers as steps; null where an image is too large for an array.</summary>
    /// <param name="layers">The layers.</param>
    /// <param name="shapes">The shape of the input of each, and last that of the output.</param>
    /// <param name="from">How the input lies.</param>
    /// <param name="border">How many zeros are to be around the output.</param>
    static FusedRow? Row(IReadOnlyList<FrozenLayer> layers, List<long[]> shapes, Frame from, int border)
    {
        // A ReLU belongs to the step before it.
        var acting = Enumerable.Range(0, layers.Count).Where(i => layers[i] is not ReluLayer).ToList();
        var steps = new List<FusedStep>();
        foreach (var (step, i) in acting.Index())
        {
            var relu = i + 1 < layers.Count && layers[i + 1] is ReluLayer;
            var shape = shapes[i + 1];
            var around = step + 1 < acting.Count ? Border(layers[acting[step + 1]]) : border;
            var to = new Frame((int)shape[1], (int)shape[2], (int)shape[3], around, FusedStep.Pitch(shape[1]));
            if (Math.Max(from.Size, to.Size) > Array.MaxLength
                || Step(layers[i], relu, shapes[i], from, to) is not { } made)
                return null;
            steps.Add(made);
            from = to;
        }

        return new FusedRow(steps);
    }

    static FusedStep? Step(FrozenLayer layer, bool relu, long[] input, Frame from, Frame to)
    {
        switch (layer)
        {
            case ConvLayer convolution:
                return new ConvolutionStep(convolution, relu, from, to);
            case SumLayer sum:
                return Sum(sum, relu, input, from, to);
            default:
                return new MaximumStep(((ChannelwiseLayer)layer).Maximum!, relu, from, to);
        }
    }

    static ResidualStep? Sum(SumLayer sum, bool relu, long[] input, Frame from, Frame to)
    {
        using var sample = zeros([1, .. input[1..]]);
        var (ofBranch, ofShortcut) = (
            LayerShapes.Of(sum.Branch, sample), LayerShapes.Of(sum.Shortcut, sample));
        // One of the two may broadcast.
        if (!ofBranch[^1].SequenceEqual(ofShortcut[^1])
            || Row(sum.Branch, ofBranch, from, to.Border) is not { } branch)
            return null;
        if (sum.Shortcut.Count == 0)
            return new(branch, null, relu);
        return Row(sum.Shortcut, ofShortcut, from, border: 0) is { } shortcut
            ? new(branch, shortcut, relu)
            : null;
    }

    /// <summary>How many zeros a layer needs on each side of its input.</summary>
    static int Border(FrozenLayer layer) => layer switch
    {
        ConvLayer convolution => (int)convolution.Padding.Max(),
        SumLayer sum => Math.Max(
            Border(sum.Branch[0]), sum.Shortcut is [var first, ..] ? Border(first) : 0),
        _ => 0,
    };
}
