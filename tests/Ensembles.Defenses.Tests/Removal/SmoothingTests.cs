using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

public class SmoothingTests
{
    public static TheoryData<InputTransform> Smoothing =>
    [
        new MedianTransform(2), new MedianTransform(3), new MedianTransform(5, Border.Reflect),
        new GaussianBlurTransform(), new GaussianBlurTransform(2, 7),
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
        var (clean, own) = BehindTransform.Of(new MedianTransform(3), epsilon: 0.2);
        var (_, identity) = BehindTransform.Of(new TakenForIdentity(new MedianTransform(3)), epsilon: 0.2);

        Assert.InRange(clean, 0.9, 1);
        Assert.InRange(own, 0, identity);
        Assert.InRange(BehindTransform.Of(new MedianTransform(3), epsilon: 0.3).Robust, 0, 0.1);
    }

    [Fact]
    public void The_blur_falls_to_an_attack_through_it()
    {
        var (clean, robust) = BehindTransform.Of(new GaussianBlurTransform(), epsilon: 0.25);

        Assert.InRange(clean, 0.9, 1);
        Assert.InRange(robust, 0, 0.1);
    }

    [Fact]
    public void Impossible_numbers_and_other_shapes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new MedianTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MedianTransform(3, (Border)7));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GaussianBlurTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GaussianBlurTransform(1, 4));
        Assert.Throws<ArgumentException>(() => new MedianTransform().call(zeros(8, 8)));
        Assert.Throws<ArgumentException>(() => new GaussianBlurTransform().call(zeros(8, 8)));
    }
}
