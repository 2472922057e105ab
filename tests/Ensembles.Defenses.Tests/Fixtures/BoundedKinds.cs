using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>Networks of every kind of layer that bounds know, for images [N, 2, 6, 6]; weights follow from a seed.
/// </summary>
static class BoundedKinds
{
    public static readonly long[] Image = [2, 6, 6];

    static INetworkFactory Networks => new MlpFactory(channels: 2, imageSize: 6, classes: 5, 12, 8);

    static readonly Dictionary<string, Func<Module<Tensor, Tensor>>> makers = new()
    {
        ["linear"] = () => Sequential(Flatten(), Linear(72, 5)),
        ["linear layers in a row"] = () => Sequential(Flatten(), Linear(72, 9), Linear(9, 5, hasBias: false)),
        ["ReLU"] = () => Sequential(Flatten(), Linear(72, 12), ReLU(), Linear(12, 8), ReLU(), Linear(8, 5)),
        ["convolution"] = () => Sequential(Conv2d(2, 3, 3, padding: 1), ReLU(), Flatten(), Linear(108, 5)),
        ["strides, dilation and groups"] = () => Sequential(
            Conv2d(2, 4, (3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2), groups: 2, bias: false),
            ReLU(), Conv2d(4, 3, 2, stride: 2), ReLU(), Flatten(), Linear(6, 5)),
        ["batch normalisation"] = () => Sequential(
            Conv2d(2, 3, 3), Normalized(BatchNorm2d(3)), ReLU(), Flatten(), Linear(48, 6),
            Normalized(BatchNorm1d(6)), Dropout(0.5), ReLU(), Linear(6, 5)),
        ["max pooling"] = () => Sequential(
            Conv2d(2, 3, 3, padding: 1), MaxPool2d(2), ReLU(), MaxPool2d(2, 1, 1), Flatten(), Linear(48, 5)),
        ["max pooling to the ceiling"] = () => Sequential(
            MaxPool2d(4, 3, ceil_mode: true), Conv2d(2, 3, 2), ReLU(), Flatten(), Linear(3, 5)),
        ["average pooling"] = () => Sequential(
            AvgPool2d(2, 1, 1), Conv2d(2, 3, 3), ReLU(), AdaptiveAvgPool2d([2, 2]), Flatten(), Linear(12, 5)),
        ["residual sums"] = () => Sequential(
            new BasicBlock(2, 3, stride: 2, batchNorm: true), new BasicBlock(3, 3, stride: 1, batchNorm: false),
            AdaptiveAvgPool2d([1, 1]), Flatten(), Linear(3, 5)),
        ["residual sums without normalisation"] = () => Sequential(
            new FixupBlock(2, 4, stride: 2, blocks: 1), new FixupBlock(4, 4, stride: 1, blocks: 1), Flatten(),
            Linear(36, 5)),
        ["a whole residual network"] = () => new PreActResNet18(2, 5, width: 0.02),
        ["standardised"] = () => Sequential(
            new Standardization([0.4, 0.5], [0.2, 0.3]), Conv2d(2, 3, 3), ReLU(), Flatten(), Linear(48, 5)),
        ["low pass"] = () => Behind(new LowPassTransform(1)),
        ["Gaussian blur"] = () => Behind(new GaussianBlurTransform(0.8, 3)),
        ["bits"] = () => Behind(new BitDepthTransform(3)),
        ["top bits"] = () => Behind(new BitDepthTransform(2, GreyLevels.TopBits)),
        ["median"] = () => Behind(new MedianTransform(3)),
        ["thermometer"] = () => Sequential(
            new ThermometerTransform(4), Conv2d(8, 3, 3), ReLU(), Flatten(), Linear(48, 5)),
        ["edges"] = () => Behind(new EdgeTransform(0.1)),
        ["a linear head of a loss"] = () => new FewShotClassifier(Networks),
        ["logits with Gaussian shares"] = () => new GaussianSoftmaxClassifier(Networks),
        ["cosines"] = () => new DissectedSoftmaxClassifier(Networks),
        ["distances to centers"] = () => new MaxMahalanobisClassifier(Networks),
        ["transforms in a row"] = () => Behind(
            new TransformChain(new BitDepthTransform(4), new GaussianBlurTransform(0.7, 3))),
    };

    public static TheoryData<string> Names => [.. makers.Keys];

    /// <summary>A network in evaluation mode, its batch normalisation with statistics of its own.</summary>
    public static Module<Tensor, Tensor> Make(string name)
    {
        manual_seed(7);
        using var noGradient = no_grad();
        var network = makers[name]();
        foreach (var (place, buffer) in network.named_buffers())
        {
            if (place.EndsWith("running_mean", StringComparison.Ordinal))
                buffer.copy_(0.2 * randn_like(buffer));
            if (place.EndsWith("running_var", StringComparison.Ordinal))
                buffer.copy_(0.3 + rand_like(buffer));
        }

        network.eval();
        return network;
    }

    static Module<Tensor, Tensor> Behind(InputTransform transform) =>
        Sequential(transform, Conv2d(2, 3, 3), ReLU(), Flatten(), Linear(48, 5));

    static T Normalized<T>(T norm) where T : Module<Tensor, Tensor>
    {
        foreach (var parameter in norm.parameters())
            parameter.copy_(randn_like(parameter));
        return norm;
    }

    /// <summary>Points of the boxes [lower, upper], float32 [S N, C, H, W]: half of them corners.</summary>
    public static Tensor Samples(Tensor lower, Tensor upper, int count)
    {
        var places = rand([count, .. lower.shape]);
        var corners = places.narrow(0, 0, count / 2).round();
        var all = cat([corners, places.narrow(0, count / 2, count - (count / 2))]);
        var points = lower + ((upper - lower) * all);
        return minimum(maximum(points, lower), upper).flatten(0, 1);
    }
}
