using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

public class LowPassTests
{
    [Theory]
    [InlineData(12, 12, 3)]
    [InlineData(9, 14, 2)]
    [InlineData(6, 6, 0)]
    public void It_is_the_masked_Fourier_transform(int height, int width, int radius)
    {
        using var scope = NewDisposeScope();
        var images = rand(3, 2, height, width);
        var mask = outer(Kept(height), Kept(width));
        var expected = fft.ifft2(fft.fft2(images) * mask);

        TensorAssert.Near(expected.real, new LowPassTransform(radius).call(images), 1e-5);
        TensorAssert.Near(zeros_like(images), expected.imag, 1e-5);

        Tensor Kept(int size) => tensor(
            [.. Enumerable.Range(0, size).Select(k => Math.Min(k, size - k) <= radius ? 1f : 0f)]);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public void It_is_an_orthogonal_projection(int size)
    {
        using var scope = NewDisposeScope();
        using var transform = new LowPassTransform(2);
        var (x, y) = (rand(4, 1, size, size), rand(4, 1, size, size));
        var (px, py) = (transform.call(x), transform.call(y));

        TensorAssert.Near(px, transform.call(px), 1e-5);
        TensorAssert.Near((px * y).sum([1, 2, 3]), (x * py).sum([1, 2, 3]), 1e-4);
        TensorAssert.Near((2 * px) - py, transform.call((2 * x) - y), 1e-5);
        Assert.True(px.square().sum().item<float>() <= x.square().sum().item<float>());
        TensorAssert.Differs(x, px, 0.1);
    }

    [Theory]
    [InlineData(8, 4)]
    [InlineData(9, 4)]
    [InlineData(5, 40)]
    public void Half_the_side_changes_nothing(int size, int radius)
    {
        using var scope = NewDisposeScope();
        var images = rand(2, 3, size, size);
        TensorAssert.Near(images, new LowPassTransform(radius).call(images), 1e-5);
    }

    [Fact]
    public void Falls_to_an_attack_through_it()
    {
        var (clean, robust) = BehindTransform.Of(new LowPassTransform(4), epsilon: 0.25);

        Assert.InRange(clean, 0.9, 1);
        Assert.InRange(robust, 0, 0.1);
    }

    [Fact]
    public void A_negative_radius_and_other_shapes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new LowPassTransform(-1));
        using var transform = new LowPassTransform();
        Assert.Contains(
            "[N, C, H, W]", Assert.Throws<ArgumentException>(() => transform.call(zeros(8, 8))).Message);
    }
}
