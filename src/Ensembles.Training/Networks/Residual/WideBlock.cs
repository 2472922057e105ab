using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// conv2(relu(bn2(conv1(a)))) + shortcut with a = relu(bn1(x)) (Zagoruyko and Komodakis 2016), in the names of
/// RobustBench: the shortcut is x, or a convolution of a where the channels change.
/// </summary>
[Compiled]
sealed partial class WideBlock : ResidualBlock
{
    readonly BatchNorm2d bn1;
    readonly ReLU relu1 = ReLU();
    readonly Conv2d conv1;
    readonly BatchNorm2d bn2;
    readonly ReLU relu2 = ReLU();
    readonly Dropout? dropout;
    readonly Conv2d conv2;
    readonly Conv2d? convShortcut;

    public WideBlock(int from, int to, int stride, double dropout) : base(nameof(WideBlock))
    {
        bn1 = BatchNorm2d(from);
        conv1 = Conv2d(from, to, 3, stride: stride, padding: 1, bias: false);
        bn2 = BatchNorm2d(to);
        conv2 = Conv2d(to, to, 3, padding: 1, bias: false);
        if (dropout > 0)
            this.dropout = Dropout(dropout);
        if (from != to)
            convShortcut = Conv2d(from, to, 1, stride: stride, bias: false);
        RegisterComponents();
    }

    public override IReadOnlyList<Module<Tensor, Tensor>> Before => convShortcut is null ? [] : [bn1, relu1];

    public override IReadOnlyList<Module<Tensor, Tensor>> Branch
    {
        get
        {
            Module<Tensor, Tensor>[] first = convShortcut is null ? [bn1, relu1, conv1] : [conv1];
            return dropout is null ? [.. first, bn2, relu2, conv2] : [.. first, bn2, relu2, dropout, conv2];
        }
    }

    public override IReadOnlyList<Module<Tensor, Tensor>> Shortcut => convShortcut is null ? [] : [convShortcut];
}
