using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Certification;

public class CrownTests
{
    static readonly CrownBounds fixedSlopes = new(), optimized = new() { Steps = 12 };

    [Theory]
    [InlineData("linear")]
    [InlineData("linear layers in a row")]
    public void It_is_exact_for_linear_networks(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = BoundedKinds.Make(kind);
        var images = rand([3, .. BoundedKinds.Image]);
        var (low, high) = fixedSlopes.Outputs(network, images - 0.1, images + 0.1);

        // Of a linear function the ends are at m -+ |A| r.
        var columns = (network.call(eye(72).view(-1, 2, 6, 6)) - network.call(zeros(1, 2, 6, 6))).t();
        var radius = 0.1 * columns.abs().sum(1);
        var middle = network.call(images);
        TensorAssert.Near((middle - radius).to_type(ScalarType.Float64), low, 1e-4);
        TensorAssert.Near((middle + radius).to_type(ScalarType.Float64), high, 1e-4);
    }

    [Fact]
    public void A_single_ReLU_has_the_bounds_of_the_paper()
    {
        using var scope = NewDisposeScope();
        var network = Sequential(Identity(), Negated());
        network.eval();

        // relu on [-1, 3] is at most 3/4 (x + 1); from below the slope is 1, since 3 > 1, and on [-3, 1] it is 0.
        var (low, high) = fixedSlopes.Outputs(network, tensor([-1.0, -3.0]).view(2, 1), tensor([3.0, 1.0]).view(2, 1));
        TensorAssert.Near(tensor([-3.0, -1.0]).view(2, 1), low, 1e-5);
        TensorAssert.Near(tensor([0.0, 0.0]).view(2, 1), high, 1e-5);

        static Module<Tensor, Tensor> Negated()
        {
            var last = Linear(1, 1, hasBias: false);
            using (no_grad())
                last.weight!.fill_(-1);
            return Sequential(ReLU(), last);
        }
    }

    [Theory]
    [InlineData("ReLU")]
    [InlineData("batch normalisation")]
    [InlineData("max pooling")]
    [InlineData("residual sums")]
    public void Optimised_slopes_are_nowhere_looser_and_somewhere_tighter(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = BoundedKinds.Make(kind);
        var images = rand([2, .. BoundedKinds.Image]);
        var labels = zeros(2, dtype: ScalarType.Int64);
        var before = fixedSlopes.Differences(network, images - 0.05, images + 0.05, labels);
        var after = optimized.Differences(network, images - 0.05, images + 0.05, labels);

        Assert.True(after.ge(before).all().item<bool>());
        Assert.True((after - before).max().item<double>() > 1e-3);
    }

    [Theory]
    [InlineData("ReLU")]
    [InlineData("convolution")]
    [InlineData("max pooling")]
    public void It_is_nowhere_looser_than_intervals(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = BoundedKinds.Make(kind);
        var images = rand([3, .. BoundedKinds.Image]);
        var (wideLow, wideHigh) = new IntervalBounds().Outputs(network, images - 0.05, images + 0.05);
        var (low, high) = fixedSlopes.Outputs(network, images - 0.05, images + 0.05);

        Assert.True(low.ge(wideLow - 1e-4).all().item<bool>());
        Assert.True(high.le(wideHigh + 1e-4).all().item<bool>());
        Assert.True((high - low).sum().item<double>() < 0.95 * (wideHigh - wideLow).sum().item<double>());
    }
}
