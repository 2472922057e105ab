using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A small convolutional network, quick on a CPU: conv 4x4, stride 2 (16) - ReLU - conv 4x4, stride 2 (32) - ReLU -
/// [dropout] - fully connected (128) - ReLU - [dropout] - head. Strides in place of pooling make a gradient several
/// times cheaper, and attacks are made of gradients. It has no batch normalisation, which costs robustness (Galloway et
/// al. 2019 [10]).
/// </summary>
public sealed class SmallCnn : FeatureNetwork, ILayered
{
    /// <summary>The smallest height and width of an image: after both convolutions one pixel is left.</summary>
    public const int SmallestImage = 4;

    readonly int channels;
    readonly int imageSize;
    readonly Conv2d conv1;
    readonly ReLU relu1 = ReLU();
    readonly Conv2d conv2;
    readonly ReLU relu2 = ReLU();
    readonly Flatten flatten = Flatten();
    readonly Dropout? dropout1;
    readonly Linear hidden;
    readonly ReLU relu3 = ReLU();
    readonly Dropout? dropout2;
    readonly Linear output;

    /// <summary>Creates the network with weights drawn from torch's global generator.</summary>
    /// <param name="channels">C, the channels of an image.</param>
    /// <param name="imageSize">Height and width of an image, <see cref="SmallestImage"/> or more.</param>
    /// <param name="classes">K, the number of classes.</param>
    /// <param name="dropout">
    /// Dropout probability in [0, 1) before the fully connected layer and before the head; 0 for no dropout modules.
    /// </param>
    /// <param name="width">The factor by which every layer is wider than said above, positive.</param>
    public SmallCnn(int channels, int imageSize, int classes, double dropout = 0, double width = 1)
        : base(nameof(SmallCnn))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, SmallestImage);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        if (dropout is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(dropout), dropout, "A dropout probability lies in [0, 1).");

        if (width is not (> 0 and < double.PositiveInfinity))
            throw new ArgumentOutOfRangeException(nameof(width), width, "A factor of width is positive and finite.");

        this.channels = channels;
        this.imageSize = imageSize;
        ClassCount = classes;
        conv1 = Conv2d(channels, Wide(16), 4, stride: 2, padding: 1);
        conv2 = Conv2d(Wide(16), Wide(32), 4, stride: 2, padding: 1);
        var side = imageSize / 2 / 2;
        FeatureCount = Wide(128);
        hidden = Linear(Wide(32) * side * side, FeatureCount);
        output = Linear(FeatureCount, classes);
        if (dropout > 0)
            (dropout1, dropout2) = (Dropout(dropout), Dropout(dropout));
        RegisterComponents();

        int Wide(int units) => Math.Max(1, (int)Math.Round(units * width));
    }

    /// <inheritdoc/>
    public override int FeatureCount { get; }

    /// <inheritdoc/>
    public override int ClassCount { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> TapNames => [nameof(relu1), nameof(relu2), nameof(relu3)];

    /// <inheritdoc/>
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => dropout1 is null || dropout2 is null
        ? [conv1, relu1, conv2, relu2, flatten, hidden, relu3, output]
        : [conv1, relu1, conv2, relu2, flatten, dropout1, hidden, relu3, dropout2, output];

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Images of another shape than the network was made for.</exception>
    public override Tensor features(Tensor images)
    {
        if (images.dim() != 4 || images.size(1) != channels || images.size(2) != imageSize
            || images.size(3) != imageSize)
            throw new ArgumentException(
                $"This network takes images [N, {channels}, {imageSize}, {imageSize}]; these have the shape "
                + $"[{string.Join(", ", images.shape)}].",
                nameof(images));

        using var scope = NewDisposeScope();
        var x = relu1.call(conv1.call(images));
        x = flatten.call(relu2.call(conv2.call(x)));
        x = dropout1?.call(x) ?? x;
        return relu3.call(hidden.call(x)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The dropout before the head belongs to it, so that features are the same with dropout and without.
    /// </remarks>
    public override Tensor head(Tensor features)
    {
        if (dropout2 is null)
            return output.call(features);
        using var dropped = dropout2.call(features);
        return output.call(dropped);
    }
}
