using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

static class TensorAssert
{
    /// <summary>Bit for bit the same parameters and buffers; buffers that are not a number may stay so.</summary>
    public static void SameState(nn.Module expected, nn.Module actual)
    {
        var (left, right) = (expected.state_dict(), actual.state_dict());
        Assert.Equal(left.Keys.Order(), right.Keys.Order());
        foreach (var (name, value) in left)
        {
            var here = value.cpu().contiguous().bytes;
            var there = right[name].cpu().contiguous().bytes;
            Assert.True(here.SequenceEqual(there), $"{name} differs");
        }
    }

    public static void Near(Tensor expected, Tensor actual, double tolerance = 1e-5)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        var largest = (expected - actual).abs().max().to_type(ScalarType.Float64).item<double>();
        Assert.True(largest <= tolerance, $"The largest difference is {largest}, more than {tolerance}.");
    }

    public static void Differs(Tensor first, Tensor second, double atLeast)
    {
        using var scope = NewDisposeScope();
        var largest = (first - second).abs().max().item<float>();
        Assert.True(largest >= atLeast, $"The largest difference is {largest}, less than {atLeast}.");
    }
}
