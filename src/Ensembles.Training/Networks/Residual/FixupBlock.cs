using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A residual block without batch normalisation (Zhang et al. 2019): relu(scale conv2(relu(conv1(x + b1) + b2) + b3) +
/// b4 + shortcut(x)), with a scalar scale and scalar biases. Since conv2 starts at zero, so does the branch; a shortcut
/// with a convolution reads x + b1.
/// </summary>
[Compiled]
sealed partial class FixupBlock : ResidualBlock
{
    readonly ScalarAffine bias1 = new();
    readonly Conv2d conv1;
    readonly ScalarAffine bias2 = new();
    readonly ReLU relu1 = ReLU();
    readonly ScalarAffine bias3 = new();
    readonly Conv2d conv2;
    readonly ScalarAffine scale = new(withScale: true);
    readonly Sequential? downsample;
    readonly ReLU relu2 = ReLU();

    /// <param name="from">Input channels.</param>
    /// <param name="to">Output channels.</param>
    /// <param name="stride">The first convolution's stride.</param>
    /// <param name="blocks">L, the residual blocks of the network: conv1 starts at He's weights / sqrt(L).</param>
    public FixupBlock(int from, int to, int stride, int blocks) : base(nameof(FixupBlock))
    {
        conv1 = Conv2d(from, to, 3, stride: stride, padding: 1, bias: false);
        conv2 = Conv2d(to, to, 3, padding: 1, bias: false);
        HeInitialization.Draw(conv1, 1 / Math.Sqrt(blocks));
        init.zeros_(conv2.weight!);
        if (stride != 1 || from != to)
        {
            var projection = Conv2d(from, to, 1, stride: stride, bias: false);
            HeInitialization.Draw(projection);
            downsample = Sequential(projection);
        }

        RegisterComponents();
    }

    public override IReadOnlyList<Module<Tensor, Tensor>> Before => downsample is null ? [] : [bias1];

    public override IReadOnlyList<Module<Tensor, Tensor>> Branch => downsample is null
        ? [bias1, conv1, bias2, relu1, bias3, conv2, scale]
        : [conv1, bias2, relu1, bias3, conv2, scale];

    public override IReadOnlyList<Module<Tensor, Tensor>> Shortcut => downsample is null ? [] : [downsample];

    public override IReadOnlyList<Module<Tensor, Tensor>> After => [relu2];
}
