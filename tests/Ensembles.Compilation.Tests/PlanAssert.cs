using static TorchSharp.torch;

namespace Ensembles.Compiling.Tests;

static class PlanAssert
{
    /// <summary>The plan's decision is the ensemble's: numbers within 1e-5, labels equal.</summary>
    public static void DecidesAlike(Ensemble ensemble, CompiledEnsemble plan, Tensor images)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (expected, actual) = (ensemble.call(images), plan.Decide(images));
        Close(expected.MemberLogits, actual.MemberLogits);
        Close(expected.Scores, actual.Scores);
        Close(expected.GateScores, actual.GateScores);
        Same(expected.Labels, actual.Labels);
    }

    public static void Same(Tensor expected, Tensor actual) =>
        Assert.Equal(expected.cpu().data<long>().ToArray(), actual.cpu().data<long>().ToArray());

    public static void Close(Tensor expected, Tensor actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.dtype, actual.dtype);
        if (expected.numel() > 0)
            Assert.InRange((expected - actual).abs().max().item<float>(), 0, tolerance);
    }
}
