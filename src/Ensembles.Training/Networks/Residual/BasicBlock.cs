using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x)) (He et al. 2016), in torchvision's names. Without batch
/// normalisation its convolutions have biases instead.
/// </summary>
[Compiled]
sealed partial class BasicBlock : ResidualBlock
{
    readonly Conv2d conv1;
    readonly BatchNorm2d? bn1;
    readonly ReLU relu1 = ReLU();
    readonly Conv2d conv2;
    readonly BatchNorm2d? bn2;
    readonly Sequential? downsample;
    readonly ReLU relu2 = ReLU();

    public BasicBlock(int from, int to, int stride, bool batchNorm) : base(nameof(BasicBlock))
    {
        conv1 = Conv2d(from, to, 3, stride: stride, padding: 1, bias: !batchNorm);
        conv2 = Conv2d(to, to, 3, padding: 1, bias: !batchNorm);
        if (batchNorm)
            (bn1, bn2) = (BatchNorm2d(to), BatchNorm2d(to));
        if (stride != 1 || from != to)
        {
            var projection = Conv2d(from, to, 1, stride: stride, bias: !batchNorm);
            downsample = batchNorm ? Sequential(projection, BatchNorm2d(to)) : Sequential(projection);
        }

        RegisterComponents();
    }

    public override IReadOnlyList<Module<Tensor, Tensor>> Branch => bn1 is null || bn2 is null
        ? [conv1, relu1, conv2]
        : [conv1, bn1, relu1, conv2, bn2];

    public override IReadOnlyList<Module<Tensor, Tensor>> Shortcut => downsample is null ? [] : [downsample];

    public override IReadOnlyList<Module<Tensor, Tensor>> After => [relu2];
}
