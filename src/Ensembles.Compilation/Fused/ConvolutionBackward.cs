using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// dL/dx[i] = sum of w[k]^T dL/dy[o] over the kernel's positions k with o s = i + p - k d, for stride s, padding p and
/// dilation d. For the pixels i of one remainder modulo s that is a convolution of stride 1 with some of the kernel's
/// positions, by <see cref="ConvolutionKernel"/>; where the input has few channels, by <see cref="FewChannelsKernel"/>.
/// </summary>
sealed class ConvolutionBackward : BackwardStep
{
    /// <summary>
    /// With more channels than these the lanes that the other kernel leaves empty cost less than adding up each sum's.
    /// </summary>
    const int Few = 4;

    readonly ConvLayer layer;
    readonly bool isFew;
    readonly float[] bias;
    readonly List<Part> parts = [];

    /// <summary>
    /// One of the convolutions: where its pixels' values begin, the kernel's positions from there, where the results
    /// go, and weights, with the rows and columns of the kernel that they are.
    /// </summary>
    sealed record Part(int[] Sources, int[] Taps, int[] Targets, float[] Weight, Remainder Row, Remainder Column);

    /// <param name="layer">The convolution.</param>
    /// <param name="relu">Whether a ReLU follows it.</param>
    /// <param name="from">
    /// How the gradient of the output lies, with as many zeros around it as <see cref="Border"/> says.
    /// </param>
    /// <param name="to">How the gradient of the input lies: in whole vectors, or of few channels.</param>
    public ConvolutionBackward(ConvLayer layer, bool relu, Frame from, Frame to)
        : base(from, to, relu ? FusedStep.Vectors(from) : 0)
    {
        this.layer = layer;
        isFew = IsFew(to.Channels);
        bias = new float[to.Pitch];
        foreach (var row in Remainder.All(layer, 0, to.Height))
        {
            foreach (var column in Remainder.All(layer, 1, to.Width))
            {
                if (row.Count * column.Count > 0)
                    parts.Add(PartOf(row, column));
            }
        }

        Refresh();
    }

    /// <summary>
    /// A part without weights yet, and without positions where the kernel steps over its pixels: sums of nothing.
    /// </summary>
    Part PartOf(Remainder row, Remainder column)
    {
        var targets = To.Offsets(row.Count, column.Count, (row.First, column.First), (row.Stride, column.Stride));
        var origin = From.Offset(row.Least, column.Least);
        int[] taps =
        [
            .. row.Taps.SelectMany(r => column.Taps.Select(c => From.Offset(r.Place, c.Place) - origin)),
        ];
        if (taps.Length == 0)
            return new Part(new int[targets.Length], [], targets, [], row, column);
        var sources = From.Offsets(row.Count, column.Count, (row.Least, column.Least), (1, 1));
        var (depth, width) = isFew ? (From.Pitch, To.Channels) : (From.Channels, To.Pitch);
        return new Part(sources, taps, targets, new float[taps.Length * depth * width], row, column);
    }

    public override void Refresh()
    {
        using var scope = NewDisposeScope();
        // [C, O, h, w]: what was an output is an input here.
        var weight = layer.Weight.transpose(0, 1);
        foreach (var part in parts.Where(part => part.Taps.Length > 0))
        {
            var some = part.Column.Of(part.Row.Of(weight, 2), 3);
            if (isFew)
                FewChannelsKernel.Pack(some, From.Pitch, part.Weight);
            else
                ConvolutionKernel.Pack(some, To.Pitch, part.Weight);
        }
    }

    /// <summary>Whether an input of this many channels is better not computed in whole vectors of them.</summary>
    public static bool IsFew(int channels) => channels <= Few;

    /// <summary>How many zeros the gradient of an output needs on each side.</summary>
    public static int Border(ConvLayer layer, Frame output, Frame input) => Math.Max(
        Remainder.All(layer, 0, input.Height).Max(rows => rows.Border(output.Height)),
        Remainder.All(layer, 1, input.Width).Max(columns => columns.Border(output.Width)));

    public override void Run(float[] output, ReadOnlySpan<ushort> marks, float[] input)
    {
        if (!marks.IsEmpty)
            KeepMarked(output, marks);
        foreach (var part in parts)
        {
            if (isFew)
            {
                FewChannelsKernel.Run(
                    output, part.Sources, part.Taps, From.Pitch, part.Weight, input, part.Targets, To.Channels);
                continue;
            }

            ConvolutionKernel.RunAll(
                output, part.Sources, part.Taps, From.Channels, part.Weight, bias, input, part.Targets, To.Pitch,
                relu: false);
        }
    }
}

/// <summary>
/// Rows, or columns, of a convolution's input that have one remainder modulo its stride: First, First + Stride, and so
/// on, Count of them.
/// </summary>
/// <param name="First">The first.</param>
/// <param name="Stride">From one to the next.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Taps">
/// The kernel's positions that reach them, each with the output that the first of them is reached from; the next one is
/// reached from the next.
/// </param>
sealed record Remainder(int First, int Stride, int Count, IReadOnlyList<(int Position, int Place)> Taps)
{
    public int Least => Taps.Select(tap => tap.Place).DefaultIfEmpty().Min();

    int Most => Taps.Select(tap => tap.Place).DefaultIfEmpty().Max();

    /// <summary>Weights at the kernel's positions alone, which lie along a dimension.</summary>
    public Tensor Of(Tensor weight, int dimension) => Taps.Count == weight.size(dimension)
        ? weight
        : weight.index_select(
            dimension, tensor([.. Taps.Select(tap => (long)tap.Position)], dtype: ScalarType.Int64));

    /// <summary>How far outside of <paramref name="outputs"/> outputs they are looked for.</summary>
    public int Border(int outputs) =>
        Taps.Count == 0 ? 0 : Math.Max(Math.Max(-Least, Count - 1 + Most - (outputs - 1)), 0);

    /// <summary>All remainders along a dimension: 0 for rows, 1 for columns.</summary>
    public static IEnumerable<Remainder> All(ConvLayer layer, int dimension, int inputs)
    {
        var (stride, padding, dilation) = (Along(layer.Stride), Along(layer.Padding), Along(layer.Dilation));
        var kernel = (int)layer.Weight.size(2 + dimension);
        for (var first = 0; first < stride; first++)
        {
            var reaching = Enumerable.Range(0, kernel)
                .Select(k => (Position: k, Way: first + padding - (k * dilation)))
                .Where(k => k.Way % stride == 0);
            yield return new(
                first,
                stride,
                Math.Max((inputs - first + stride - 1) / stride, 0),
                [.. reaching.Select(k => (k.Position, k.Way / stride))]);
        }

        int Along(long[] sizes) => (int)(dimension == 0 ? sizes[0] : sizes[^1]);
    }
}
