using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// WideResNet-d-k (Zagoruyko and Komodakis 2016) in the names of RobustBench: d = 6 n + 4 layers, three stages of n
/// blocks with 16 k, 32 k and 64 k channels. Images of any height and width pass, at least
/// <see cref="SmallestImage"/>.
/// </summary>
[Compiled]
public sealed partial class WideResNet : LayeredNetwork
{
    /// <summary>The smallest height and width that leave something for every stage.</summary>
    public const int SmallestImage = 4;

    readonly Conv2d conv1;
    readonly WideStage block1;
    readonly WideStage block2;
    readonly WideStage block3;
    readonly BatchNorm2d bn1;
    readonly ReLU relu = ReLU();
    readonly AdaptiveAvgPool2d avgpool = AdaptiveAvgPool2d([1, 1]);
    readonly Flatten flatten = Flatten();
    readonly Linear fc;

    /// <summary>Creates the network with weights drawn from torch's global generator.</summary>
    /// <param name="channels">C, the channels of an image.</param>
    /// <param name="classes">K, the number of classes.</param>
    /// <param name="depth">d, 10, 16, 22, 28, 34 and so on.</param>
    /// <param name="widenFactor">k, positive; 16 k is rounded to whole channels.</param>
    /// <param name="dropout">Dropout probability in [0, 1) inside each block; 0 for no dropout modules.</param>
    public WideResNet(int channels, int classes, int depth = 28, double widenFactor = 10, double dropout = 0)
        : base(nameof(WideResNet), channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        NetworkArguments.ThrowIfNoDropout(dropout);
        NetworkArguments.ThrowIfNoWidth(widenFactor);
        if (depth < 10 || depth % 6 != 4)
            throw new ArgumentOutOfRangeException(
                nameof(depth), depth, "The depth of a WideResNet is 10, 16, 22, 28, 34 and so on.");

        var blocks = (depth - 4) / 6;
        (ClassCount, FeatureCount) = (classes, widenFactor.Times(64));
        conv1 = Conv2d(channels, 16, 3, padding: 1, bias: false);
        block1 = new WideStage(blocks, 16, widenFactor.Times(16), 1, dropout);
        block2 = new WideStage(blocks, widenFactor.Times(16), widenFactor.Times(32), 2, dropout);
        block3 = new WideStage(blocks, widenFactor.Times(32), FeatureCount, 2, dropout);
        bn1 = BatchNorm2d(FeatureCount);
        fc = Linear(FeatureCount, classes);
        init.zeros_(fc.bias!);
        RegisterComponents();
        HeInitialization.Apply(this);
    }

    /// <inheritdoc/>
    public override int FeatureCount { get; }

    /// <inheritdoc/>
    public override int ClassCount { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<Module<Tensor, Tensor>> FeatureLayers =>
        [conv1, block1, block2, block3, bn1, relu, avgpool, flatten];

    /// <inheritdoc/>
    protected override IReadOnlyList<Module<Tensor, Tensor>> HeadLayers => [fc];
}
