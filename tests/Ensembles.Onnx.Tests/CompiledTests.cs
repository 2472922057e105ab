using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

public sealed class CompiledTests
{
    [Fact]
    public void APlanOfFilesDecidesAsTheEnsembleDoes()
    {
        using var scope = NewDisposeScope();
        using var ensemble = new Pair(
            OnnxClassifier.Load(Given.Fixture("residual_13")), OnnxClassifier.Load(Given.Fixture("residual_9")));
        ensemble.eval();
        var images = Given.Images([3, 32, 32], 7);

        using var plan = ensemble.Compile(new CompileOptions(3, 32, 32));

        using var expected = ensemble.call(images);
        using var decision = plan.Decide(images);
        Assert.Equal(expected.Labels.data<long>().ToArray(), decision.Labels.data<long>().ToArray());
        Assert.InRange((expected.Scores - decision.Scores).abs().max().item<float>(), 0, 1e-5f);
    }
}
