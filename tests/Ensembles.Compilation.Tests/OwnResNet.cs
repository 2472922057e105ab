using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>A block of a residual network as a user writes it.</summary>
[Compiled]
sealed partial class OwnBlock : Module<Tensor, Tensor>
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
        if (from != to || stride != 1)
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

/// <summary>A residual network of 2x12x12 images as a user writes it.</summary>
[Compiled]
sealed partial class OwnResNet : Module<Tensor, Tensor>
{
    readonly Conv2d stem = Conv2d(2, 4, 3, padding: 1, bias: false);
    readonly BatchNorm2d bn = BatchNorm2d(4);
    readonly ModuleList<OwnBlock> blocks = ModuleList(new OwnBlock(4, 4, 1), new OwnBlock(4, 8, 2));
    readonly Linear fc = Linear(8, 4);

    public OwnResNet() : base(nameof(OwnResNet)) => RegisterComponents();

    public override Tensor forward(Tensor images)
    {
        var x = functional.relu(bn.call(stem.call(images)));
        foreach (var block in blocks)
            x = block.call(x);
        return fc.call(x.mean([2, 3]));
    }
}
