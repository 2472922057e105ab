using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs;

/// <summary>
/// The transpose of a convolution, by which images [N, C, H, W] grow: with weights [C, C' / groups, h, w] and a bias
/// [C'], which may be left out.
/// </summary>
/// <param name="Window">How the weights move over the larger image; its size is theirs.</param>
/// <param name="Groups">Groups of channels that do not mix.</param>
/// <param name="Rows">Rows that the larger image has besides, at the bottom.</param>
/// <param name="Columns">Columns that it has besides, on the right.</param>
public sealed record ConvTranspose(Window Window, long Groups = 1, long Rows = 0, long Columns = 0) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (2, 3);

    /// <inheritdoc/>
    public override bool IsTrained(int input) => input > 0;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes =>
        [.. Window.Attributes(), ("group", Groups), ("output_padding", (long[])[Rows, Columns])];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var (images, weights) = (inputs.Floating(0), inputs.Floating(1));
        var (shape, kernel) = (images.OfRank(4, "What it convolves"), weights.OfRank(4, "Its kernel"));
        var channels = shape[1].Number("The number of channels");
        if (Groups < 1 || channels % Groups != 0 || kernel[0] != channels || weights.Type != images.Type)
            throw new GraphException($"Weights {weights} in {Groups} groups do not fit images {images}.");
        if (kernel[2] != Window.Height || kernel[3] != Window.Width)
            throw new GraphException(
                $"The kernel is said to be {Window.Height} by {Window.Width}, and its weights are {kernel}.");
        if (!Window.Padding.IsSymmetric)
            throw new GraphException("Padding that differs from side to side.");
        var outputs = checked(kernel[1].Number("The kernel") * Groups);
        Requirements.Agree(inputs.Optional(2), images, "Its bias", outputs);
        return new(images.Type, new(
            shape[0],
            outputs,
            Size(shape[2], Window.Height, Window.Strides.Down, Window.Dilations.Down, Window.Padding.Top, Rows),
            Size(shape[3], Window.Width, Window.Strides.Right, Window.Dilations.Right, Window.Padding.Left, Columns)));
    }

    static long Size(Dimension old, long window, long stride, long dilation, long padding, long besides)
    {
        const long Most = 1L << 14;
        var size = old.Number("The size of an image");
        if (size is < 1 or > Most || window is < 1 or > Most || stride is < 1 or > Most || dilation is < 1 or > Most
            || padding is < 0 or > Most || besides < 0 || besides >= Math.Max(stride, dilation))
            throw new GraphException(
                $"A window of {window} with stride {stride}, dilation {dilation}, padding {padding} and {besides} "
                    + $"pixels besides, over {size} pixels.");
        var made = ((size - 1) * stride) - (2 * padding) + (dilation * (window - 1)) + 1 + besides;
        return made is >= 1 and <= Most ? made : throw new GraphException($"It makes {made} pixels of {size}.");
    }

    /// <inheritdoc/>
    public override double Work(IReadOnlyList<TensorType?> inputs, IReadOnlyList<TensorType> outputs) =>
        (double)inputs[0]!.Shape.Elements * inputs[1]!.Shape.Elements / Math.Max(1, inputs[1]!.Shape[0].Factor);

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run) => functional.conv_transpose2d(
        inputs[0]!, inputs[1]!, inputs.Optional(2),
        strides: [Window.Strides.Down, Window.Strides.Right],
        padding: [Window.Padding.Top, Window.Padding.Left],
        output_padding: [Rows, Columns],
        dilation: [Window.Dilations.Down, Window.Dilations.Right],
        groups: Groups);
}
