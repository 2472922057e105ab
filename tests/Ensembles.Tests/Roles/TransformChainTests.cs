using static TorchSharp.torch;

namespace Ensembles.Tests.Roles;

public class TransformChainTests
{
    /// <summary>Three levels, with the slope of a surrogate that can be told apart.</summary>
    sealed class Levels(double slope) : InputTransform(nameof(Levels)), INonDifferentiable
    {
        public override Tensor forward(Tensor images) => (images * 2).round() / 2;

        public Tensor surrogate(Tensor images) => images * slope;
    }

    sealed class Darker() : InputTransform(nameof(Darker))
    {
        public override Tensor forward(Tensor images) => images * 0.5;
    }

    [Fact]
    public void Images_pass_the_transforms_in_order()
    {
        using var scope = NewDisposeScope();
        var images = rand(4, 1, 3, 3);

        using var chain = new TransformChain(new Darker(), new Levels(1));
        using var other = new TransformChain(new Levels(1), new Darker());

        Assert.True(chain.call(images).Equals((images * 0.5 * 2).round() / 2));
        Assert.True(other.call(images).Equals((images * 2).round() / 2 * 0.5));
        Assert.False(chain.call(images).Equals(other.call(images)));
    }

    [Fact]
    public void Every_surrogate_takes_part()
    {
        using var scope = NewDisposeScope();
        using var chain = new TransformChain(new Levels(3), new Darker(), new Levels(5));
        var images = rand(4, 1, 3, 3).requires_grad_();

        chain.call(images).sum().backward();

        Assert.True(images.grad!.allclose(full_like(images, 3 * 0.5 * 5)));
    }

    [Fact]
    public void Its_transforms_are_modules_of_its_own()
    {
        var darker = new Darker();
        using var chain = new TransformChain(darker, new Levels(1));

        Assert.Contains(darker, chain.modules());
        Assert.Equal([darker], chain.Layers.Take(1));
        chain.eval();
        Assert.False(darker.training);
    }

    [Fact]
    public void Nothing_and_the_same_twice_are_refused()
    {
        var darker = new Darker();

        Assert.Contains("at least one", Assert.Throws<ArgumentException>(() => new TransformChain()).Message);
        Assert.Contains(
            "twice", Assert.Throws<ArgumentException>(() => new TransformChain(darker, darker)).Message);
    }
}
