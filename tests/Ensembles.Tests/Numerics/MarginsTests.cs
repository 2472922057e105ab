using Ensembles.Numerics;
using static TorchSharp.torch;

namespace Ensembles.Tests.Numerics;

public class MarginsTests
{
    /// <summary>The formula as a masked maximum, and its gradient.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_best_other_class_against_one(bool isLead)
    {
        using var scope = NewDisposeScope();
        var classes = tensor(new long[] { 0, 3, 1, 2, 2 });
        var scores = randn([5, 4], generator: new Generator(4));
        scores[4, 0] = float.NegativeInfinity;

        var (expected, expectedGradient) = Differentiated(s =>
        {
            var index = classes.unsqueeze(1);
            var own = zeros_like(s, dtype: ScalarType.Bool).scatter(1, index, ones(5, 1, dtype: ScalarType.Bool));
            var margin = s.masked_fill(own, float.NegativeInfinity).amax([1]) - s.gather(1, index).squeeze(1);
            return isLead ? margin.neg() : margin;
        });
        var (values, gradient) = Differentiated(s => isLead ? Margins.Lead(s, classes) : Margins.Of(s, classes));
        Assert.Equal(expected, values);
        Assert.Equal(expectedGradient, gradient);

        (float[], float[]) Differentiated(Func<Tensor, Tensor> margins)
        {
            var leaf = scores.clone().requires_grad_(true);
            var values = margins(leaf);
            values.sum().backward();
            return (HostMemory.ReadFloats(values), HostMemory.ReadFloats(leaf.grad!));
        }
    }

    [Fact]
    public void Of_one_row()
    {
        Assert.Equal(2, Margins.Of([1, 3, 0], label: 0));
        Assert.Equal(-2, Margins.Of([1, 3, 0], label: 1));
        Assert.True(float.IsNaN(Margins.Of([1, float.NaN, 0], label: 0)));
    }
}
