using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// ResNet-18 (He et al. 2016) in the names of torchvision: four stages of two blocks, the average over what is left of
/// the image, a linear head. Images of any height and width pass, at least <see cref="SmallestImage"/>.
/// </summary>
/// <remarks>
/// In the place of batch normalisation, which costs robustness (Galloway et al. 2019 [10]), it can have Fixup or
/// nothing. Fixup trains at the learning rates of batch normalisation; without either the first steps must be short.
/// </remarks>
[Compiled]
public sealed partial class ResNet18 : LayeredNetwork
{
    /// <summary>The smallest height and width that leave something for every stage.</summary>
    public const int SmallestImage = 8;

    const int BlocksPerStage = 2;

    readonly Conv2d conv1;
    readonly BatchNorm2d? bn1;
    readonly ScalarAffine? bias1;
    readonly ReLU relu = ReLU();
    readonly MaxPool2d? maxpool;
    readonly Sequential layer1;
    readonly Sequential layer2;
    readonly Sequential layer3;
    readonly Sequential layer4;
    readonly AdaptiveAvgPool2d avgpool = AdaptiveAvgPool2d([1, 1]);
    readonly Flatten flatten = Flatten();
    readonly ScalarAffine? bias2;
    readonly Dropout? dropout;
    readonly Linear fc;

    /// <summary>Creates the network with weights drawn from torch's global generator.</summary>
    /// <param name="channels">C, the channels of an image.</param>
    /// <param name="classes">K, the number of classes.</param>
    /// <param name="stem">How the images come in.</param>
    /// <param name="normalization">Batch normalisation, or what stands in its place.</param>
    /// <param name="dropout">Dropout probability in [0, 1) before the head; 0 for no dropout module.</param>
    /// <param name="width">The factor by which every layer is wider than 64, 128, 256 and 512 channels.</param>
    public ResNet18(
        int channels,
        int classes,
        ResNetStem stem = ResNetStem.Small,
        Normalization normalization = Normalization.Batch,
        double dropout = 0,
        double width = 1)
        : base(nameof(ResNet18), channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        NetworkArguments.ThrowIfNoDropout(dropout);
        NetworkArguments.ThrowIfNoWidth(width);
        (ClassCount, FeatureCount) = (classes, width.Times(512));
        var first = width.Times(64);
        var bias = normalization == Normalization.None;
        conv1 = stem == ResNetStem.Small
            ? Conv2d(channels, first, 3, padding: 1, bias: bias)
            : Conv2d(channels, first, 7, stride: 2, padding: 3, bias: bias);
        if (stem == ResNetStem.Large)
            maxpool = MaxPool2d(3, 2, 1);
        layer1 = Stage(first, first, 1, normalization);
        layer2 = Stage(first, width.Times(128), 2, normalization);
        layer3 = Stage(width.Times(128), width.Times(256), 2, normalization);
        layer4 = Stage(width.Times(256), FeatureCount, 2, normalization);
        if (dropout > 0)
            this.dropout = Dropout(dropout);
        fc = Linear(FeatureCount, classes);

        if (normalization == Normalization.Batch)
            bn1 = BatchNorm2d(first);
        if (normalization == Normalization.Fixup)
        {
            (bias1, bias2) = (new ScalarAffine(), new ScalarAffine());
            HeInitialization.Draw(conv1);
            init.zeros_(fc.weight!);
            init.zeros_(fc.bias!);
        }

        RegisterComponents();
        if (normalization != Normalization.Fixup)
            HeInitialization.Apply(this);
    }

    /// <inheritdoc/>
    public override int FeatureCount { get; }

    /// <inheritdoc/>
    public override int ClassCount { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<Module<Tensor, Tensor>> FeatureLayers =>
        Present(conv1, bn1, bias1, relu, maxpool, layer1, layer2, layer3, layer4, avgpool, flatten);

    /// <inheritdoc/>
    protected override IReadOnlyList<Module<Tensor, Tensor>> HeadLayers => Present(bias2, dropout, fc);

    static Sequential Stage(int from, int to, int stride, Normalization normalization) =>
        Sequential(Enumerable.Range(0, BlocksPerStage).Select(i =>
        {
            var (input, step) = i == 0 ? (from, stride) : (to, 1);
            return normalization == Normalization.Fixup
                ? new FixupBlock(input, to, step, 4 * BlocksPerStage)
                : (Module<Tensor, Tensor>)new BasicBlock(input, to, step, normalization == Normalization.Batch);
        }));
}
