using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Networks;

/// <summary>Every network that ships, small, for the images of <see cref="Bars"/>.</summary>
static class EveryNetwork
{
    static readonly Dictionary<string, INetworkFactory> factories = new()
    {
        ["MLP"] = new MlpFactory(1, Bars.Size, Bars.Classes, 20, 10),
        ["CNN"] = Bars.Networks,
        ["CNN with batch norm"] = new SmallCnnFactory(1, Bars.Size, Bars.Classes)
        {
            Normalization = Normalization.Batch,
        },
        ["ResNet-18"] = ResNet(ResNetStem.Small, Normalization.Batch),
        ["ResNet-18 with the large stem"] = ResNet(ResNetStem.Large, Normalization.Batch),
        ["ResNet-18 with Fixup"] = ResNet(ResNetStem.Small, Normalization.Fixup),
        ["ResNet-18 without either"] = ResNet(ResNetStem.Small, Normalization.None),
        ["PreAct-ResNet-18"] = new PreActResNet18Factory(1, Bars.Size, Bars.Classes) { Width = 0.0625 },
        ["WideResNet-10-1"] = new WideResNetFactory(1, Bars.Size, Bars.Classes, 10, 1),
        ["WideResNet-16-0.5"] = new WideResNetFactory(1, Bars.Size, Bars.Classes, 16, 0.5),
    };

    public static IEnumerable<string> All => factories.Keys;

    public static TheoryData<string> Names => [.. All];

    public static INetworkFactory Factory(string name) => factories[name];

    public static FeatureNetwork Make(string name, NetworkRequest? request = null)
    {
        random.manual_seed(3);
        return factories[name].Create(request);
    }

    static ResNet18Factory ResNet(ResNetStem stem, Normalization normalization) =>
        new(1, Bars.Size, Bars.Classes) { Stem = stem, Normalization = normalization, Width = 0.0625 };

    /// <summary>Weights and running statistics as after some training: nothing is zero, or one.</summary>
    public static void Disturb(nn.Module network)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var parameter in network.parameters())
            parameter.add_(0.1 * randn_like(parameter));
        foreach (var (name, buffer) in network.named_buffers())
        {
            if (name.EndsWith("running_var", StringComparison.Ordinal))
                buffer.copy_(0.5 + rand_like(buffer));
            else if (name.EndsWith("running_mean", StringComparison.Ordinal))
                buffer.copy_(0.3 * randn_like(buffer));
        }
    }
}
