using static TorchSharp.torch;
namespace Ensembles.Tests;
public class SmokeTests
{
    sealed class Rounding : InputTransform, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => images.round();
        public Tensor surrogate(Tensor images) => images;
    }

    [Fact]
    public void Gradient_is_the_surrogates_and_value_is_exact()
    {
        using var scope = NewDisposeScope();
        var module = new Rounding();
        var x = rand(2, 1, 4, 4, requires_grad: true);
        var y = module.call(x);
        Assert.True(y.Equals(x.round()));
        y.sum().backward();
        Assert.True(x.grad!.Equals(ones_like(x)));
    }
}
