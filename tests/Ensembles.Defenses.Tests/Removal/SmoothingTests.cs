using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Removal;

public class SmoothingTests
{
    public static TheoryData<InputTransform> Smoothing =>
    [
        new MedianTransform(2), new MedianTransform(3), new MedianTransform(5, Border.Reflect),
        new GaussianBlurTransform(), new GaussianBlurTransform(2, 7),
        new BilateralTransform(), new NonLocalMeansTransform(), new NonLocalMeansTransform(1, 5, 3),
    ];

    [Theory]
    [MemberData(nameof(Smoothing))]
    public void A_constant_image_stays(InputTransform transform)
    {
        using var scope = NewDisposeScope();
        TensorAssert.Near(full(2, 3, 5, 7, 0.4f), transform.call(full(2, 3, 5, 7, 0.4f)), 1e-6);
    }

    [Theory]
    [MemberData(nameof(Smoothing))]
    public void Images_of_one_pixel_stay(InputTransform transform)
    {
        using var scope = NewDisposeScope();
        TensorAssert.Near(full(1, 1, 1, 1, 0.4f), transform.call(full(1, 1, 1, 1, 0.4f)), 1e-6);
    }

    [ParityFact]
    public void Medians_are_those_of_ART_and_AdverTorch()
    {
        using var scope = NewDisposeScope();
        var images = Parity.Floats("x512_f32le.bin", 512, 1, 28, 28).narrow(0, 0, 64);
        foreach (var size in new[] { 2, 3 })
        {
            var art = Parity.Floats($"goldens/art.spatial_smoothing.{size}.bin", 64, 1, 28, 28);
            Assert.True(art.Equals(new MedianTransform(size).call(images)), $"size {size}");
        }

        var adverTorch = Parity.Floats("goldens/advertorch.median3.bin", 64, 1, 28, 28);
        Assert.True(adverTorch.Equals(new MedianTransform(3, Border.Reflect).call(images)));
    }

    /// <summary>But for the outermost pixels: AdverTorch has zeros outside the image.</summary>
    [ParityFact]
    public void The_blur_is_that_of_AdverTorch()
    {
        using var scope = NewDisposeScope();
        var images = Parity.Floats("x512_f32le.bin", 512, 1, 28, 28).narrow(0, 0, 64);
        var golden = Parity.Floats("goldens/advertorch.gaussian.bin", 64, 1, 28, 28);
        TensorAssert.Near(Inside(golden), Inside(new GaussianBlurTransform(1, 3).call(images)), 1e-6);

        static Tensor Inside(Tensor images) => images.narrow(2, 1, 26).narrow(3, 1, 26);
    }

    /// <summary>The borders by hand: c b a | a b c and c b | a b c.</summary>
    [Fact]
    public void Borders_mirror_with_or_without_the_outermost_pixel()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new float[] { 1, 2, 3 }).view(1, 1, 1, 3);
        float[] By(Border border) => [.. border.Extend(image, 4, 2)[0, 0, 0].data<float>()];

        Assert.Equal([3, 3, 2, 1, 1, 2, 3, 3, 2], By(Border.Symmetric));
        Assert.Equal([1, 2, 3, 2, 1, 2, 3, 2, 1], By(Border.Reflect));
    }

    [Fact]
    public void A_speck_is_gone_after_the_median()
    {
        using var scope = NewDisposeScope();
        var image = zeros(1, 1, 7, 7);
        image[0, 0, 3, 3] = 1;
        Assert.True(new MedianTransform(3).call(image).eq(0).all().item<bool>());
    }

    [Fact]
    public void The_median_falls_to_its_own_gradient_at_least_as_far_as_to_the_identity()
    {
        var (clean, own) = BehindTransform.Of(new MedianTransform(3), epsilon: 0.1);
        var (_, identity) = BehindTransform.Of(new TakenForIdentity(new MedianTransform(3)), epsilon: 0.1);

        Assert.InRange(clean, 0.9, 1);
        Assert.InRange(own, 0, identity);
        Assert.InRange(BehindTransform.Of(new MedianTransform(3), epsilon: 0.3).Robust, 0, 0.1);
    }

    public static TheoryData<InputTransform> WithGradients =>
        [new GaussianBlurTransform(), new BilateralTransform(), new NonLocalMeansTransform()];

    [Theory]
    [MemberData(nameof(WithGradients))]
    public void It_falls_to_an_attack_through_it(InputTransform transform)
    {
        var (clean, robust) = BehindTransform.Of(transform, epsilon: 0.25);

        Assert.InRange(clean, 0.9, 1);
        Assert.InRange(robust, 0, 0.1);
    }

    /// <summary>
    /// Where all values are alike, the bilateral filter is the blur, and keeps the image where none are.
    /// </summary>
    [Fact]
    public void A_bilateral_filter_lies_between_the_blur_and_the_image()
    {
        using var scope = NewDisposeScope();
        var images = rand(2, 3, 7, 9);
        var blurred = new GaussianBlurTransform(1.5, 5).call(images);
        TensorAssert.Near(blurred, new BilateralTransform(5, 1.5, range: 1e4).call(images), 1e-5);
        TensorAssert.Near(images, new BilateralTransform(5, 1.5, range: 1e-4).call(images), 1e-5);
        TensorAssert.Near(images, new BilateralTransform(5, space: 1e-2).call(images), 1e-5);
    }

    [Fact]
    public void Non_local_means_lie_between_the_mean_and_the_image()
    {
        using var scope = NewDisposeScope();
        var images = rand(2, 3, 7, 9);
        var mean = functional.avg_pool2d(Border.Symmetric.Extend(images, 2, 2), 5, stride: 1);
        TensorAssert.Near(mean, new NonLocalMeansTransform(strength: 1e4, 3, search: 5).call(images), 1e-5);
        TensorAssert.Near(images, new NonLocalMeansTransform(strength: 1e-4).call(images), 1e-5);
    }

    /// <summary>By hand: three pixels 0, 0.2 and 0.2 in a row, patches of one, h = 0.2.</summary>
    [Fact]
    public void Non_local_means_weigh_by_the_difference_of_patches()
    {
        using var scope = NewDisposeScope();
        var image = tensor([0f, 0.2f, 0.2f]).view(1, 1, 1, 3);
        var seen = new NonLocalMeansTransform(strength: 0.2, patch: 1, search: 3).call(image);
        var other = Math.Exp(-1);
        // The first sees itself, its mirror image and one other; the second two like itself and one other.
        var expected = tensor([(float)(0.2 * other / (2 + other)), (float)(0.4 / (2 + other)), 0.2f]);
        TensorAssert.Near(expected.view(1, 1, 1, 3), seen, 1e-6);
    }

    /// <summary>A faint texture fades and a strong edge stays, which a blur cannot do.</summary>
    [Fact]
    public void Edges_stay_where_textures_fade()
    {
        using var scope = NewDisposeScope();
        var edge = (arange(12).ge(6).to_type(ScalarType.Float32) * 0.8).view(1, 1, 1, 12).repeat(1, 1, 12, 1);
        var texture = (rand(1, 1, 12, 12) - 0.5).sign() * 0.04;
        foreach (InputTransform transform in new InputTransform[]
            { new BilateralTransform(), new NonLocalMeansTransform() })
        {
            TensorAssert.Near(edge, transform.call(edge), 0.01);
            var left = (transform.call(edge + texture) - edge).abs().mean().item<float>();
            Assert.InRange(left, 0, 0.025);
        }
    }

    [Fact]
    public void Impossible_numbers_and_other_shapes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new MedianTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MedianTransform(3, (Border)7));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GaussianBlurTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GaussianBlurTransform(1, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BilateralTransform(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BilateralTransform(3, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BilateralTransform(3, 1, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NonLocalMeansTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NonLocalMeansTransform(1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NonLocalMeansTransform(1, 3, 2));
        Assert.Throws<ArgumentException>(() => new BilateralTransform().call(zeros(8, 8)));
        Assert.Throws<ArgumentException>(() => new NonLocalMeansTransform().call(zeros(8, 8)));
        Assert.Throws<ArgumentException>(() => new MedianTransform().call(zeros(8, 8)));
        Assert.Throws<ArgumentException>(() => new GaussianBlurTransform().call(zeros(8, 8)));
    }
}
