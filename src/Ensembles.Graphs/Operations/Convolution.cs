using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Graphs;

/// <summary>
/// Convolution of images [N, C, H, W] with weights [C', C / groups, h, w] and a bias [C'], which may be left out.
/// </summary>
/// <param name="Window">How the weights move; its size is theirs.</param>
/// <param name="Groups">Groups of channels that do not mix.</param>
public sealed record Conv(Window Window, long Groups = 1) : SingleOperation
{
    /// <inheritdoc/>
    public override (int Fewest, int Most) InputCount => (2, 3);

    /// <inheritdoc/>
    public override bool IsTrained(int input) => input > 0;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Value)> Attributes => [.. Window.Attributes(), ("group", Groups)];

    /// <inheritdoc/>
    protected override TensorType InferOne(IReadOnlyList<TensorType?> inputs)
    {
        var (images, weights) = (inputs.Floating(0), inputs.Floating(1));
        var (shape, kernel) = (images.OfRank(4, "What it convolves"), weights.OfRank(4, "Its kernel"));
        var (channels, outputs) = (shape[1].Number("The number of channels"), kernel[0].Number("The kernel"));
        if (Groups < 1 || Groups > outputs || outputs % Groups != 0 || weights.Type != images.Type
            || channels % Groups != 0 || kernel[1] != channels / Groups)
            throw new GraphException($"Weights {weights} in {Groups} groups do not fit images {images}.");
        if (kernel[2] != Window.Height || kernel[3] != Window.Width)
            throw new GraphException(
                $"The kernel is said to be {Window.Height} by {Window.Width}, and its weights are {kernel}.");
        Requirements.Agree(inputs.Optional(2), images, "Its bias", outputs);
        return new(images.Type, Window.Over(shape, outputs));
    }

    /// <inheritdoc/>
    public override double Work(IReadOnlyList<TensorType?> inputs, IReadOnlyList<TensorType> outputs) =>
        (double)outputs[0].Shape.Elements * inputs[1]!.Shape.Elements / Math.Max(1, inputs[1]!.Shape[0].Factor);

    /// <inheritdoc/>
    protected override Tensor RunOne(IReadOnlyList<Tensor?> inputs, RunContext run)
    {
        var (padding, own) = (Window.Padding, Window.Padding.IsSymmetric);
        using var padded = own ? null : functional.pad(inputs[0]!, padding.ForTorch);
        return functional.conv2d(
            padded ?? inputs[0]!, inputs[1]!, inputs.Optional(2),
            strides: [Window.Strides.Down, Window.Strides.Right],
            padding: own ? [padding.Top, padding.Left] : [0, 0],
            dilation: [Window.Dilations.Down, Window.Dilations.Right],
            groups: Groups);
    }
}
