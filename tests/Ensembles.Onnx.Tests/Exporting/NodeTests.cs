using System.Runtime.InteropServices;
using Ensembles.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

/// <summary>An exported ensemble outside of C#: JavaScript, and ONNX Runtime as browsers run it.</summary>
public sealed class NodeTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    [NodeFact]
    public void AGatedEnsembleOfEnsemblesDecidesInWebAssemblyAsItDoes()
    {
        using var ensemble = Trained.Nested(folder);
        var images = Given.Images([2, 12, 12], 300, seed: 11);
        using var decision = ensemble.call(images);
        ensemble.ExportOnnx(folder.Path("ensemble.onnx"), Given.Images([2, 12, 12], 20));
        File.WriteAllBytes(folder.Path("images.bin"), MemoryMarshal.AsBytes<float>(HostMemory.ReadFloats(images)));

        var found = Node.Classify(folder.Path("ensemble.onnx"), folder.Path("images.bin"), images.shape);

        Assert.InRange(decision.Labels.lt(0).sum().item<long>(), 10, 200);
        Assert.Equal(["gate_scores", "labels", "member_logits", "scores"], found.Keys.Order());
        Assert.Equal(
            decision.Labels.data<long>().ToArray(), found["labels"].Data.Select(label => (long)label!.Value));
        AssertClose(decision.Scores, found["scores"]);
        AssertClose(decision.MemberLogits, found["member_logits"]);
        AssertClose(decision.GateScores, found["gate_scores"]);
    }

    static void AssertClose(Tensor expected, Node.Output found)
    {
        Assert.Equal(expected.shape, found.Dims);
        var values = tensor([.. found.Data.Select(value => value ?? double.NaN)], expected.shape).to(float32);
        Assert.True(
            expected.allclose(values, 1e-5, 1e-5, equal_nan: true), $"{(expected - values).abs().max().item<float>()}");
    }
}
