using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

/// <summary>Networks that PyTorch exported: see Fixtures/export.py.</summary>
public class LoadingTests
{
    public static TheoryData<string> Files() =>
    [
        "residual_9", "residual_13", "residual_17_fixed", "squeeze_11_fixed", "squeeze_14", "mixed_12", "mixed_17",
        "attention_14", "attention_17",
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void LogitsAreThoseOfOnnxRuntime(string name)
    {
        using var scope = NewDisposeScope();
        using var classifier = OnnxClassifier.Load(Given.Fixture(name));
        using var runtime = new Runtime(Given.Fixture(name));
        var images = Given.Images(classifier.ImageShape, 5);

        var expected = name.EndsWith("fixed", StringComparison.Ordinal)
            ? cat([.. Enumerable.Range(0, 5).Select(i => runtime.Run(images[i..(i + 1)])["logits"])])
            : runtime.Run(images)["logits"];

        Assert.Equal(5, classifier.ClassCount);
        Assert.True(expected.std(0).min().item<float>() > 1e-4f, "The network tells no images apart.");
        Assert.InRange((classifier.call(images) - expected).abs().max().item<float>(), 0, 1e-5f);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void GradientsAreThoseOfTheValues(string name)
    {
        using var scope = NewDisposeScope();
        using var classifier = OnnxClassifier.Load(Given.Fixture(name));
        classifier.to(ScalarType.Float64);
        var images = Given.Images(classifier.ImageShape, 2).to_type(ScalarType.Float64).requires_grad_();
        // A direction of its own for each logit, so that none cancels another.
        var mix = Given.Images([5], 2, seed: 9).to_type(ScalarType.Float64) - 0.5;
        Tensor Mixed(Tensor seen) => (classifier.call(seen) * mix).sum();

        Mixed(images).backward();

        var direction = Given.Images(classifier.ImageShape, 2, seed: 4).to_type(ScalarType.Float64) - 0.5;
        const double Step = 1e-6;
        var (there, back) = (Mixed(images.detach() + Step * direction), Mixed(images.detach() - Step * direction));
        var expected = ((there - back) / (2 * Step)).item<double>();
        Assert.Equal(expected, (images.grad! * direction).sum().item<double>(), Math.Abs(expected) * 1e-5 + 1e-9);
        Assert.True(images.grad!.abs().sum().item<double>() > 1e-3);
    }

    [Fact]
    public void WeightsStandInTheStateDictUnderTheirNamesInPyTorch()
    {
        using var classifier = OnnxClassifier.Load(Given.Fixture("residual_13"));

        Assert.Contains("network.block1.conv1.weight", classifier.named_parameters().Select(p => p.name));
        Assert.Contains("network.block1.bn1.weight", classifier.named_parameters().Select(p => p.name));
        Assert.Contains("network.block1.bn1.running_var", classifier.named_buffers().Select(b => b.name));
        Assert.Equal(
            ["network.fc.bias", "network.fc.weight"],
            classifier.state_dict().Keys.Where(name => name.Contains(".fc.")).Order());
    }

    [Fact]
    public void ACheckpointGoesIntoTheNetworkOfTheSameFile()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var one = OnnxClassifier.Load(Given.Fixture("residual_13"));
        using var other = OnnxClassifier.Load(Given.Fixture("residual_13"));
        using (no_grad())
        {
            foreach (var parameter in one.parameters())
                parameter.add_(0.05);
        }

        Checkpoint.Save(one, folder.Path("one.safetensors"));
        Checkpoint.Load(other, folder.Path("one.safetensors"));

        var images = Given.Images([3, 32, 32], 2);
        Assert.True(one.call(images).equal(other.call(images)).all().item<bool>());
    }

    [Fact]
    public void ASoftmaxAtTheEndIsLeftOutAndSaid()
    {
        using var scope = NewDisposeScope();
        using var classifier = OnnxClassifier.Load(Given.Fixture("probabilities_11"));
        using var runtime = new Runtime(Given.Fixture("probabilities_11"));
        var images = Given.Images([1, 8, 8], 4);
        var logits = classifier.call(images);

        Assert.Equal("Softmax", classifier.Removed);
        Assert.True((logits.sum(1) - 1).abs().min().item<float>() > 1e-3);
        Assert.InRange((logits.softmax(1) - runtime.Run(images)["logits"]).abs().max().item<float>(), 0, 1e-6f);
    }

    [Fact]
    public void PixelsAreScaledBeforeTheNetwork()
    {
        using var scope = NewDisposeScope();
        using var plain = OnnxClassifier.Load(Given.Fixture("residual_9"));
        using var scaled = OnnxClassifier.Load(
            Given.Fixture("residual_9"), new OnnxOptions { Scaling = PixelScaling.ImageNet });
        var images = Given.Images([3, 32, 32], 2);
        var by = tensor(new[] { 0.485f, 0.456f, 0.406f }).view(1, 3, 1, 1);
        var over = tensor(new[] { 0.229f, 0.224f, 0.225f }).view(1, 3, 1, 1);

        Assert.InRange((plain.call((images - by) / over) - scaled.call(images)).abs().max().item<float>(), 0, 1e-5f);
        Assert.Equal(plain.state_dict().Keys, scaled.state_dict().Keys);
    }

    [Fact]
    public void ScalingForOtherChannelsIsRefused() => Assert.Throws<ArgumentException>(() => OnnxClassifier.Load(
        Given.Fixture("probabilities_11"), new OnnxOptions { Scaling = PixelScaling.ImageNet }));

    [Fact]
    public void AnyValueOfTheFileCanBeTheLogits()
    {
        var before = OnnxFile.Read(Given.Fixture("probabilities_11")).Model.Graph.Nodes
            .Single(node => node.OpType == "Softmax").Inputs[0];
        using var classifier = OnnxClassifier.Load(
            Given.Fixture("probabilities_11"), new OnnxOptions { Output = before });

        Assert.Null(classifier.Removed);
        Assert.Equal(5, classifier.ClassCount);
    }
}
