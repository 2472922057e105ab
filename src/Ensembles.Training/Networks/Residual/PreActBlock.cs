using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// conv2(relu(bn2(conv1(a)))) + shortcut with a = relu(bn1(x)) (He et al. 2016, "Identity Mappings"), in the names of
/// pytorch-cifar. A shortcut with a convolution reads a, or x.
/// </summary>
[Compiled]
sealed partial class PreActBlock : ResidualBlock
{
    readonly BatchNorm2d bn1;
    readonly ReLU relu1 = ReLU();
    readonly Conv2d conv1;
    readonly BatchNorm2d bn2;
    readonly ReLU relu2 = ReLU();
    readonly Conv2d conv2;
    readonly Sequential? shortcut;
    readonly bool shortcutOfActivation;

    public PreActBlock(int from, int to, int stride, bool shortcutOfActivation) : base(nameof(PreActBlock))
    {
        this.shortcutOfActivation = shortcutOfActivation;
        bn1 = BatchNorm2d(from);
        conv1 = Conv2d(from, to, 3, stride: stride, padding: 1, bias: false);
        bn2 = BatchNorm2d(to);
        conv2 = Conv2d(to, to, 3, padding: 1, bias: false);
        if (stride != 1 || from != to)
            shortcut = Sequential(Conv2d(from, to, 1, stride: stride, bias: false));
        RegisterComponents();
    }

    bool SharesActivation => shortcut is not null && shortcutOfActivation;

    public override IReadOnlyList<Module<Tensor, Tensor>> Before => SharesActivation ? [bn1, relu1] : [];

    public override IReadOnlyList<Module<Tensor, Tensor>> Branch => SharesActivation
        ? [conv1, bn2, relu2, conv2]
        : [bn1, relu1, conv1, bn2, relu2, conv2];

    public override IReadOnlyList<Module<Tensor, Tensor>> Shortcut => shortcut is null ? [] : [shortcut];
}
