using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Networks.PyTorch;

/// <summary>Weights of PyTorch's networks load by name, and the networks then answer like PyTorch's.</summary>
public sealed class PyTorchTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;

    string Path => System.IO.Path.Combine(folder, "x.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static readonly Dictionary<string, Func<FeatureNetwork>> networks = new()
    {
        ["ResNet-18"] = () => new ResNet18(3, 10, ResNetStem.Large),
        ["ResNet-18 at 224"] = () => new ResNet18(3, 10, ResNetStem.Large, width: 0.25),
        ["ResNet-18 at 32"] = () => new ResNet18(3, 10, ResNetStem.Small, width: 0.25),
        ["PreAct-ResNet-18"] = () => new PreActResNet18(3, 10, width: 0.25),
        ["PreAct-ResNet-18 of RobustBench"] = () => new PreActResNet18(
            3, 10, normalizedFeatures: true, shortcutOfActivation: false, width: 0.25),
        ["WideResNet-10-1"] = () => new WideResNet(3, 10, 10, 1),
        ["WideResNet-16-2"] = () => new WideResNet(3, 10, 16, 2),
        ["WideResNet-28-10"] = () => new WideResNet(3, 10, 28, 10),
    };

    public static TheoryData<string> Names => [.. networks.Keys.Where(name => name != "WideResNet-28-10")];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_checkpoint_loads_by_name_and_gives_the_logits_of_PyTorch(string name) => Agrees(name);

    /// <summary>36 million weights: ENSEMBLES_LARGE=1 dotnet test tests/Ensembles.Training.Tests.</summary>
    [LargeFact]
    public void So_does_a_large_one() => Agrees("WideResNet-28-10");

    void Agrees(string name)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var reference = PyTorchReference.Of(name);
        SafeTensors.Write(Path, reference.MakeWeights());
        using var network = networks[name]();
        Checkpoint.Load(network, Path);
        network.eval();
        TensorAssert.Near(reference.MakeLogits(), network.call(reference.MakeImages()), 1e-5);
    }

    /// <summary>A file as RobustBench has some: with DataParallel's prefix, a mean and a deviation.</summary>
    [Fact]
    public void A_file_of_RobustBench_is_imported()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var reference = PyTorchReference.Of("WideResNet-16-2");
        var weights = reference.MakeWeights()
            .Where(t => !t.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .ToDictionary(t => $"module.{t.Key}", t => t.Value);
        weights.Add("mu", zeros(1, 3, 1, 1));
        weights.Add("sigma", ones(1, 3, 1, 1));
        SafeTensors.Write(Path, weights);
        using var network = networks["WideResNet-16-2"]();
        var report = Checkpoint.Import(network, Path, WeightImport.OfPyTorch with { Ignored = ["mu", "sigma"] });
        network.eval();

        TensorAssert.Near(reference.MakeLogits(), network.call(reference.MakeImages()), 1e-5);
        Assert.Equal(["mu", "sigma"], report.Ignored);
        Assert.Equal(13, report.Missing.Count);
        Assert.Equal(weights.Count - 2, report.Renamed.Count);
    }

    /// <summary>Half precision keeps 11 bits, so that the answers are near and not the same.</summary>
    [Fact]
    public void Weights_in_half_precision_give_nearly_the_same_logits()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var reference = PyTorchReference.Of("ResNet-18 at 32");
        SafeTensors.Write(Path, reference.MakeWeights().ToDictionary(
            t => t.Key, t => t.Value.is_floating_point() ? t.Value.to_type(ScalarType.Float16) : t.Value));
        using var network = networks["ResNet-18 at 32"]();
        Assert.Contains(
            "found Float16", Assert.Throws<InvalidDataException>(() => Checkpoint.Load(network, Path)).Message);
        var report = Checkpoint.Import(network, Path, WeightImport.OfPyTorch);
        network.eval();

        var logits = network.call(reference.MakeImages());
        TensorAssert.Near(reference.MakeLogits(), logits, 5e-3);
        TensorAssert.Differs(reference.MakeLogits(), logits, 1e-6);
        Assert.Equal(102, report.Converted.Count);
    }

    [Fact]
    public void A_defense_starts_from_imported_weights()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var reference = PyTorchReference.Of("WideResNet-10-1");
        SafeTensors.Write(Path, reference.MakeWeights().ToDictionary(t => $"module.{t.Key}", t => t.Value));
        var told = new List<WeightImportReport>();
        var networks = new ImportedNetworkFactory(
            new WideResNetFactory(3, 32, 10, 10, 1), Path, WeightImport.OfPyTorch)
        {
            Imported = told.Add,
        };
        using var classifier = new Plain(networks);
        classifier.eval();
        TensorAssert.Near(reference.MakeLogits(), classifier.call(reference.MakeImages()), 1e-5);
        Assert.Equal(reference.Tensors.Count, Assert.Single(told).Loaded);
        Assert.Throws<InvalidDataException>(() => networks.Create(new NetworkRequest { Classes = 11 }));
    }

    sealed class Plain(INetworkFactory networks) : NetworkClassifier(networks);

    [Fact]
    public void The_shortcut_of_the_other_block_gives_other_logits()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var reference = PyTorchReference.Of("PreAct-ResNet-18");
        SafeTensors.Write(Path, reference.MakeWeights());
        using var network = new PreActResNet18(3, 10, shortcutOfActivation: false, width: 0.25);
        Checkpoint.Load(network, Path);
        network.eval();
        TensorAssert.Differs(reference.MakeLogits(), network.call(reference.MakeImages()), 1e-2);
    }
}
