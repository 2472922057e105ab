using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A small convolutional network, quick on a CPU: conv 4x4, stride 2 (16) - ReLU - conv 4x4, stride 2 (32) - ReLU -
/// [dropout] - fully connected (128) - ReLU - [dropout] - head. Strides in place of pooling make a gradient several
/// times cheaper, and attacks are made of gradients. Where asked for, batch normalisation stands before each ReLU; it
/// costs robustness (Galloway et al. 2019 [10]).
/// </summary>
[Compiled]
public sealed partial class SmallCnn : LayeredNetwork
{
    /// <summary>The smallest height and width of an image: after both convolutions one pixel is left.</summary>
    public const int SmallestImage = 4;

    readonly Conv2d conv1;
    readonly BatchNorm2d? bn1;
    readonly ReLU relu1 = ReLU();
    readonly Conv2d conv2;
    readonly BatchNorm2d? bn2;
    readonly ReLU relu2 = ReLU();
    readonly Flatten flatten = Flatten();
    readonly Dropout? dropout1;
    readonly Linear hidden;
    readonly BatchNorm1d? bn3;
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
    /// <param name="batchNorm">Whether it has batch normalisation.</param>
    public SmallCnn(
        int channels, int imageSize, int classes, double dropout = 0, double width = 1, bool batchNorm = false)
        : base(nameof(SmallCnn), channels, imageSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, SmallestImage);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        NetworkArguments.ThrowIfNoDropout(dropout);
        NetworkArguments.ThrowIfNoWidth(width);
        (ClassCount, FeatureCount) = (classes, width.Times(128));
        conv1 = Conv2d(channels, width.Times(16), 4, stride: 2, padding: 1);
        conv2 = Conv2d(width.Times(16), width.Times(32), 4, stride: 2, padding: 1);
        var side = imageSize / 2 / 2;
        hidden = Linear(width.Times(32) * side * side, FeatureCount);
        output = Linear(FeatureCount, classes);
        if (batchNorm)
            (bn1, bn2, bn3) = (
                BatchNorm2d(width.Times(16)), BatchNorm2d(width.Times(32)), BatchNorm1d(FeatureCount));
        if (dropout > 0)
            (dropout1, dropout2) = (Dropout(dropout), Dropout(dropout));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int FeatureCount { get; }

    /// <inheritdoc/>
    public override int ClassCount { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<Module<Tensor, Tensor>> FeatureLayers =>
        Present(conv1, bn1, relu1, conv2, bn2, relu2, flatten, dropout1, hidden, bn3, relu3);

    /// <inheritdoc/>
    /// <remarks>
    /// The dropout before the head belongs to it, so that features are the same with dropout and without.
    /// </remarks>
    protected override IReadOnlyList<Module<Tensor, Tensor>> HeadLayers => Present(dropout2, output);
}
