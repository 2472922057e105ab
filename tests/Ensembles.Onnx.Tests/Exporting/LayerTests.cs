using Ensembles.Graphs;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Onnx.Tests.Exporting;

/// <summary>TorchSharp's layers as graphs, and as files.</summary>
public class LayerTests
{
    static readonly Dictionary<string, Func<Module<Tensor, Tensor>>> layers = new()
    {
        ["gelu"] = () => GELU(),
        ["silu"] = () => SiLU(),
        ["elu"] = () => ELU(0.7),
        ["celu"] = () => CELU(0.6),
        ["selu"] = () => SELU(),
        ["leaky relu"] = () => LeakyReLU(0.2),
        ["relu in between"] = () => RReLU(0.1, 0.3),
        ["prelu"] = () => PReLU(4, 0.3),
        ["prelu, one slope"] = () => PReLU(1, 0.3),
        ["relu 6"] = () => ReLU6(),
        ["hard sigmoid"] = () => Hardsigmoid(),
        ["hard swish"] = () => Hardswish(),
        ["softplus"] = () => Softplus(),
        ["softsign"] = () => Softsign(),
        ["tanh shrunk"] = () => Tanhshrink(),
        ["log sigmoid"] = () => LogSigmoid(),
        ["softmax"] = () => Softmax(1),
        ["softmax of channels"] = () => Softmax2d(),
        ["log softmax"] = () => LogSoftmax(-1),
        ["softmin"] = () => Softmin(1),
        ["gated"] = () => GLU(1),
        ["dropout"] = () => AlphaDropout(),
        ["layer norm"] = () => LayerNorm([6, 8]),
        ["layer norm without weights"] = () => LayerNorm([8], elementwise_affine: false),
        ["group norm"] = () => GroupNorm(2, 4),
        ["group norm without weights"] = () => GroupNorm(4, 4, affine: false),
        ["instance norm"] = () => InstanceNorm2d(4, affine: true),
        ["instance norm without weights"] = () => InstanceNorm2d(4),
        ["convolution turned round"] = () => ConvTranspose2d(4, 6, 3, stride: 2, padding: 1, output_padding: 1),
        ["groups turned round"] = () => ConvTranspose2d(4, 4, (2, 3), groups: 2, dilation: (1, 2), bias: false),
        ["convolution that keeps the size"] = () => Conv2d(4, 3, 4, padding: TorchSharp.Padding.Same),
        ["convolution of the inside"] = () => Conv2d(4, 3, 3, padding: TorchSharp.Padding.Valid, stride: 2),
        ["convolution of a mirrored image"] = () => Conv2d(4, 3, 3, padding: 1, padding_mode: PaddingModes.Reflect),
        ["flat from the third on"] = () => Flatten(2),
        ["unflat"] = () => Unflatten(1, [2, 2]),
        ["largest"] = () => AdaptiveMaxPool2d([1, 1]),
        ["largest of four"] = () => AdaptiveMaxPool2d([2, 2]),
        ["pixels shuffled"] = () => PixelShuffle(2),
        ["zeros around"] = () => ZeroPad2d((1, 2, 0, 1)),
        ["numbers around"] = () => ConstantPad2d((1, 0, 2, 1), 0.3),
        ["mirrored"] = () => ReflectionPad2d(2),
        ["repeated"] = () => ReplicationPad2d((1, 2, 3, 0)),
        ["twice as large"] = () => Upsample(scale_factor: [2, 2]),
        ["larger by a third"] = () => Upsample(scale_factor: [1.34, 1.7], mode: UpsampleMode.Bilinear),
        ["larger, corners kept"] = () => Upsample([9, 20], mode: UpsampleMode.Bilinear, align_corners: true),
        ["edges"] = () => new Defenses.EdgeTransform(0.31),
        ["smaller by cubes"] = () => Upsample([4, 5], mode: UpsampleMode.Bicubic),
    };

    public static TheoryData<string> Names() => [.. layers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void GivesWhatTorchGivesAsAGraphAndAsAFile(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        random.manual_seed(1);
        using var layer = Sequential(layers[name]());
        layer.eval();
        foreach (var (_, weight) in layer.named_parameters())
            weight.uniform_(0.2, 0.9);
        var images = Given.Images([4, 6, 8], 3) * 4 - 2;
        var expected = layer.call(images);

        var graph = layer.ToGraph(images);
        using var module = new GraphModule(graph);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.Path("layer.onnx"), GraphWriter.Write(graph));
        using var runtime = new Runtime(folder.Path("layer.onnx"));

        foreach (var found in new[] { module.call(images), runtime.Run(images).Values.Single() })
        {
            Assert.Equal(expected.shape, found.shape);
            Assert.True(found.allclose(expected, 1e-5, 1e-5), $"{(found - expected).abs().max().item<float>()}");
        }
    }
}
