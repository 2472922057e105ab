using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// PreAct-ResNet-18 (He et al. 2016, "Identity Mappings"), whose blocks normalise and activate before each convolution,
/// in the names of pytorch-cifar and RobustBench. Images of any height and width pass, at least
/// <see cref="SmallestImage"/>.
/// </summary>
/// <remarks>
/// The models of RobustBench differ in two ways that their weights' names do not all show: whether the features are
/// normalised once more before the head, and whether a shortcut's convolution reads a block's input or its activation.
/// </remarks>
[Compiled]
public sealed partial class PreActResNet18 : LayeredNetwork
{
    /// <summary>The smallest height and width that leave something for every stage.</summary>
    public const int SmallestImage = 8;

    const int BlocksPerStage = 2;

    readonly Conv2d conv1;
    readonly Sequential layer1;
    readonly Sequential layer2;
    readonly Sequential layer3;
    readonly Sequential layer4;
    readonly BatchNorm2d? bn;
    readonly ReLU? relu;
    readonly AdaptiveAvgPool2d avgpool = AdaptiveAvgPool2d([1, 1]);
    readonly Flatten flatten = Flatten();
    readonly Dropout? dropout;
    readonly Linear linear;

    /// <summary>Creates the network with weights drawn from torch's global generator.</summary>
    /// <param name="channels">C, the channels of an image.</param>
    /// <param name="classes">K, the number of classes.</param>
    /// <param name="normalizedFeatures">
    /// Whether batch normalisation and a ReLU stand before the average: <c>bn_before_fc</c> of RobustBench.
    /// </param>
    /// <param name="shortcutOfActivation">
    /// Whether a shortcut's convolution reads relu(bn1(x)), as in pytorch-cifar and RobustBench's <c>PreActBlockV2</c>,
    /// rather than x, as in RobustBench's <c>PreActBlock</c>.
    /// </param>
    /// <param name="dropout">Dropout probability in [0, 1) before the head; 0 for no dropout module.</param>
    /// <param name="width">The factor by which every layer is wider than 64, 128, 256 and 512 channels.</param>
    public PreActResNet18(
        int channels,
        int classes,
        bool normalizedFeatures = false,
        bool shortcutOfActivation = true,
        double dropout = 0,
        double width = 1)
        : base(nameof(PreActResNet18), channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        NetworkArguments.ThrowIfNoDropout(dropout);
        NetworkArguments.ThrowIfNoWidth(width);
        (ClassCount, FeatureCount) = (classes, width.Times(512));
        conv1 = Conv2d(channels, width.Times(64), 3, padding: 1, bias: false);
        layer1 = Stage(width.Times(64), width.Times(64), 1);
        layer2 = Stage(width.Times(64), width.Times(128), 2);
        layer3 = Stage(width.Times(128), width.Times(256), 2);
        layer4 = Stage(width.Times(256), FeatureCount, 2);
        if (normalizedFeatures)
            (bn, relu) = (BatchNorm2d(FeatureCount), ReLU());
        if (dropout > 0)
            this.dropout = Dropout(dropout);
        linear = Linear(FeatureCount, classes);
        RegisterComponents();
        HeInitialization.Apply(this);

        Sequential Stage(int from, int to, int stride) =>
            Sequential(Enumerable.Range(0, BlocksPerStage).Select(i => (Module<Tensor, Tensor>)new PreActBlock(
                i == 0 ? from : to, to, i == 0 ? stride : 1, shortcutOfActivation)));
    }

    /// <inheritdoc/>
    public override int FeatureCount { get; }

    /// <inheritdoc/>
    public override int ClassCount { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<Module<Tensor, Tensor>> FeatureLayers =>
        Present(conv1, layer1, layer2, layer3, layer4, bn, relu, avgpool, flatten);

    /// <inheritdoc/>
    protected override IReadOnlyList<Module<Tensor, Tensor>> HeadLayers => Present(dropout, linear);
}
