using Ensembles.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Tests.Numerics;

public sealed class ConstantTests
{
    [Fact]
    public void A_number_is_itself()
    {
        Assert.Equal(0.1, Constant.Of(0.1).ToDouble());
        Assert.Equal(long.MaxValue, Constant.Of(long.MaxValue).ToInt64());
        Assert.True(double.IsNaN(Constant.Of(double.NaN).ToDouble()));
        Assert.Equal(ScalarType.Int64, Constant.Of(-1).Type);
    }

    /// <summary>
    /// An operation reads what nobody else needs to hold: TorchSharp's own number is freed by a collection meanwhile.
    /// </summary>
    [Fact]
    public void A_number_outlives_a_collection()
    {
        var first = new WeakReference(Constant.Of(0.3));
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.Same(first.Target, Constant.Of(0.3));
        Assert.NotNull(first.Target);
    }
}
