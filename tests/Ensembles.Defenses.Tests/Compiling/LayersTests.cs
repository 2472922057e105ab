using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Compiling;

public class LayersTests
{
    public static TheoryData<string> Layered => [.. makers.Keys];

    static readonly Dictionary<string, Func<Module<Tensor, Tensor>>> makers = new()
    {
        ["network"] = () => Bars.Networks.Create(),
        ["network with dropout"] = () => Bars.Networks.Create(new NetworkRequest { Dropout = 0.5 }),
        [nameof(UndefendedClassifier)] = () => new UndefendedClassifier(Bars.Networks),
        [nameof(CenterLossClassifier)] = () => new CenterLossClassifier(Bars.Networks),
        [nameof(EdgeClassifier)] = () => new EdgeClassifier(Bars.Networks),
        [nameof(EnsembleAdversarialClassifier)] = () => new EnsembleAdversarialClassifier(Bars.Networks),
    };

    [Theory]
    [MemberData(nameof(Layered))]
    public void Layers_one_after_the_other_are_the_forward(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        manual_seed(1);
        var module = makers[name]();
        module.eval();
        var images = rand(5, 1, Bars.Size, Bars.Size);
        var x = images;
        foreach (var layer in Assert.IsAssignableFrom<ILayered>(module).Layers)
            x = layer.call(x);

        Assert.True(x.Equals(module.call(images)));
    }
}
