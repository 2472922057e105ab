using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>Networks whose logits are not float32, and processes whose default type is another.</summary>
public class PrecisionTests
{
    public static TheoryData<string, ScalarType> Types
    {
        get
        {
            var data = new TheoryData<string, ScalarType>();
            foreach (var attack in Attacks.All)
            {
                foreach (var type in new[] { ScalarType.Float64, ScalarType.BFloat16, ScalarType.Float16 })
                    data.Add(attack, type);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Logits_and_scores_of_any_precision_are_attacked(string attack, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var linear = Samples.Linear();
        var network = new FunctionClassifier(x => linear.call(x).to_type(type));
        var gate = new FunctionDetector(x => x.flatten(1).square().mean([1]).to_type(type));
        var images = Samples.Images(6);
        var labels = Samples.LabelsOf(linear, images);
        AttackSurface[] surfaces =
        [
            AttackSurface.FromClassifier(network),
            new HandmadeSurface<MeanLogit>([network, network, network], [(gate, 0.5f)]),
        ];
        foreach (var surface in type == ScalarType.Float64 ? surfaces : surfaces[..1])
        {
            using var result = Attacks.Named(attack).Run(
                surface, images, labels, Attacks.Threat(attack, 0.1), new AttackOptions());
            Assert.Equal(6, result.Success.Count);
            Assert.Equal(ScalarType.Float32, result.Images.dtype);
        }
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void The_default_type_changes_nothing_and_stays_what_it_was(string attack)
    {
        using var scope = NewDisposeScope();
        var network = Samples.Linear();
        var images = Samples.Images(6);
        var labels = Samples.LabelsOf(network, images);
        using var expected = Attacks.Named(attack).Run(network, images, labels, Attacks.Threat(attack, 0.1));
        set_default_dtype(ScalarType.Float64);
        try
        {
            using var result = Attacks.Named(attack).Run(network, images, labels, Attacks.Threat(attack, 0.1));
            Assert.Equal(Samples.Floats(expected.Images), Samples.Floats(result.Images));
            Assert.Equal(ScalarType.Float64, get_default_dtype());
        }
        finally
        {
            set_default_dtype(ScalarType.Float32);
        }
    }

    [Fact]
    public void One_output_neuron_and_probabilities_are_named_as_what_they_are()
    {
        using var scope = NewDisposeScope();
        var linear = Samples.Linear();
        var images = Samples.Images(6);
        var labels = Samples.LabelsOf(linear, images);
        Func<Tensor, Tensor>[] single =
        [
            x => linear.call(x).narrow(1, 0, 1), x => linear.call(x).select(1, 0), x => linear.call(x).sum(1).sigmoid(),
        ];
        foreach (var one in single)
        {
            Assert.Contains(
                "one output neuron",
                Assert.Throws<InvalidOperationException>(
                    () => new Pgd().Run(new FunctionClassifier(one), images, labels, new ThreatModel(Norm.Linf, 0.1)))
                    .Message);
        }
        using var sure = new Pgd().Run(
            new FunctionClassifier(x => linear.call(x).softmax(1)), images, labels, new ThreatModel(Norm.Linf, 0.1));
        Assert.Contains("probabilities, not logits", string.Join(' ', sure.Warnings));
        using var logits = new Pgd().Run(linear, images, labels, new ThreatModel(Norm.Linf, 0.1));
        Assert.Empty(logits.Warnings);
        using var logarithms = new Pgd().Run(
            new FunctionClassifier(x => linear.call(x).log_softmax(1)), images, labels,
            new ThreatModel(Norm.Linf, 0.1));
        Assert.Empty(logarithms.Warnings);
    }
}
