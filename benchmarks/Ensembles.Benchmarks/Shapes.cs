using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Benchmarks;

/// <summary>A block of a residual network as a user writes it.</summary>
[Compiled]
public sealed partial class OwnBlock : Module<Tensor, Tensor>
{
    readonly Conv2d conv1;
    readonly BatchNorm2d bn1;
    readonly Conv2d conv2;
    readonly BatchNorm2d bn2;
    readonly Sequential? downsample;

    public OwnBlock(int from, int to, int stride) : base(nameof(OwnBlock))
    {
        (conv1, bn1) = (Conv2d(from, to, 3, stride: stride, padding: 1, bias: false), BatchNorm2d(to));
        (conv2, bn2) = (Conv2d(to, to, 3, padding: 1, bias: false), BatchNorm2d(to));
        if (from != to)
            downsample = Sequential(Conv2d(from, to, 1, stride: stride, bias: false), BatchNorm2d(to));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = functional.relu(bn1.call(conv1.call(x)));
        y = bn2.call(conv2.call(y));
        return (y + (downsample?.call(x) ?? x)).relu().MoveToOuterDisposeScope();
    }
}

/// <summary>ResNet-18 for small images as a user writes it.</summary>
[Defense(Category.FeatureSeparation)]
public sealed partial class OwnResNet18 : Classifier
{
    readonly Conv2d stem;
    readonly BatchNorm2d bn;
    readonly ModuleList<OwnBlock> blocks;
    readonly Linear fc;

    public OwnResNet18(int channels, int width)
    {
        (stem, bn) = (Conv2d(channels, width, 3, padding: 1, bias: false), BatchNorm2d(width));
        blocks = ModuleList([.. Enumerable.Range(0, 8).Select(i => new OwnBlock(
            width << Math.Max(0, (i - 1) / 2), width << (i / 2), i > 0 && i % 2 == 0 ? 2 : 1))]);
        fc = Linear(width * 8, 10);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var x = functional.relu(bn.call(stem.call(images)));
        foreach (var block in blocks)
            x = block.call(x);
        return fc.call(x.mean([2, 3])).MoveToOuterDisposeScope();
    }
}

/// <summary>Three members of one type, by mean probability.</summary>
[Ensemble<MeanProbability>]
public partial class ThreeLayered
{
    [Member] public partial LayeredClassifier A { get; }
    [Member] public partial LayeredClassifier B { get; }
    [Member] public partial LayeredClassifier C { get; }
}

/// <summary>Three residual networks.</summary>
[Ensemble<MeanProbability>]
public partial class ThreeResNets
{
    [Member] public partial OwnResNet18 A { get; }
    [Member] public partial OwnResNet18 B { get; }
    [Member] public partial OwnResNet18 C { get; }
}

/// <summary>An ensemble of a benchmark.</summary>
/// <param name="Name">What it is.</param>
/// <param name="ImageShape">Channels, height and width of its images.</param>
/// <param name="Make">Makes it, in evaluation mode.</param>
/// <param name="Batches">The numbers of images.</param>
sealed record Shaped(string Name, long[] ImageShape, Func<Ensemble> Make, int[] Batches)
{
    static readonly int[] small = [1, 8, 32, 256];

    public static readonly Shaped[] All =
    [
        new("5 x 28x28 CNN", [1, 28, 28], () => Five(LayeredClassifier.WithoutNorm), small),
        new("5 x 5x5 kernels, 28x28", [1, 28, 28], () => Five(() => new(Sequential(
            Conv2d(1, 16, 5, padding: 2), ReLU(), MaxPool2d(2),
            Conv2d(16, 32, 5, padding: 2), ReLU(), MaxPool2d(2), Flatten(), Linear(32 * 7 * 7, 10)))), small),
        new("5 x depthwise, 28x28", [1, 28, 28], () => Five(() => new(Sequential(
            Conv2d(1, 32, 3, padding: 1), BatchNorm2d(32), ReLU(),
            Conv2d(32, 32, 3, padding: 1, groups: 32), BatchNorm2d(32), ReLU(),
            Conv2d(32, 64, 1), BatchNorm2d(64), ReLU(), MaxPool2d(2),
            Conv2d(64, 64, 3, padding: 1, groups: 64), BatchNorm2d(64), ReLU(),
            Conv2d(64, 64, 1), BatchNorm2d(64), ReLU(), AdaptiveAvgPool2d([1, 1]), Flatten(), Linear(64, 10)))),
            small),
        new("5 x MLP, 28x28", [1, 28, 28], () => Five(() => new(Sequential(
            Flatten(), Linear(784, 256), ReLU(), Linear(256, 128), ReLU(), Linear(128, 10)))), small),
        new("5 x 64-128 channels, batch norm, 32x32", [3, 32, 32], () => Five(() => new(Sequential(
            Conv2d(3, 64, 3, padding: 1), BatchNorm2d(64), ReLU(),
            Conv2d(64, 128, 3, padding: 1), BatchNorm2d(128), ReLU(), MaxPool2d(2),
            Conv2d(128, 128, 3, padding: 1), BatchNorm2d(128), ReLU(), MaxPool2d(2),
            Flatten(), Linear(128 * 8 * 8, 10)))), [1, 8, 32]),
        new("3 x ResNet-18 of width 16, own forward, 32x32", [3, 32, 32], () => Evaluated(new ThreeResNets(
            new(3, 16), new(3, 16), new(3, 16))), [1, 8, 32]),
        new("3 x ResNet-18, own forward, 32x32", [3, 32, 32], () => Evaluated(new ThreeResNets(
            new(3, 64), new(3, 64), new(3, 64))), [1, 8]),
        new("3 x 3x224x224", [3, 224, 224], () => Evaluated(new ThreeLayered(Large(), Large(), Large())), [1, 8]),
    ];

    static LayeredClassifier Large() => new(Sequential(
        Conv2d(3, 16, 3, stride: 2, padding: 1), BatchNorm2d(16), ReLU(),
        Conv2d(16, 32, 3, stride: 2, padding: 1), BatchNorm2d(32), ReLU(),
        Conv2d(32, 64, 3, padding: 1), BatchNorm2d(64), ReLU(), MaxPool2d(2),
        Conv2d(64, 64, 3, padding: 1), BatchNorm2d(64), ReLU(), AdaptiveAvgPool2d([1, 1]), Flatten(),
        Linear(64, 10)));

    static Ensemble Five(Func<LayeredClassifier> member) =>
        Evaluated(new FiveLayered(member(), member(), member(), member(), member()));

    static Ensemble Evaluated(Ensemble ensemble)
    {
        ensemble.eval();
        return ensemble;
    }
}
