using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

public class JpegTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_constant_grey_image_stays_within_a_level(int channels)
    {
        using var scope = NewDisposeScope();
        foreach (var grey in new[] { 0, 0.3f, 0.5f, 1 })
        {
            var image = full(2, channels, 9, 20, grey);
            TensorAssert.Near(image, new JpegTransform(75).call(image), 1.01 / 255);
        }
    }

    [ParityFact]
    public void It_is_that_of_ART()
    {
        using var scope = NewDisposeScope();
        var images = Parity.Floats("x512_f32le.bin", 512, 1, 28, 28).narrow(0, 0, 64);
        var golden = Parity.Floats("goldens/art.jpeg.75.bin", 64, 1, 28, 28);
        TensorAssert.Near(golden, new JpegTransform(75).call(images), 1e-6);
    }

    /// <summary>
    /// With hard rounding the differentiable JPEG does what the codec does, up to the codec's integer arithmetic, which
    /// rounds a coefficient in the middle of two steps the other way.
    /// </summary>
    [Theory]
    [InlineData(1, 20)]
    [InlineData(1, 90)]
    [InlineData(3, 20)]
    [InlineData(3, 90)]
    public void The_surrogate_follows_the_codec(int channels, int quality)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        // Smooth, as photographs are, and of sides that are no multiple of a block.
        var images = (new GaussianBlurTransform(3, 9).call(rand(8, channels, 20, 37)) * 2) - 0.5;
        images = (images * 255).round().clamp(0, 255) / 255;
        var surrogate = DifferentiableJpeg.Of(images, quality, x => x.round()).clamp(0, 1);
        double Distance(int other) =>
            (surrogate - new JpegTransform(other).call(images)).abs().mean().item<float>() * 255;

        Assert.InRange(Distance(quality), 0, channels == 1 ? 0.5 : 1.5);
        Assert.True(Distance(quality - 15) > 1.5 * Distance(quality), $"{Distance(quality - 15)}");
    }

    [Fact]
    public void Colours_keep_their_places()
    {
        using var scope = NewDisposeScope();
        var colour = tensor([0.8f, 0.4f, 0.1f]).view(1, 3, 1, 1).repeat(2, 1, 16, 16);
        TensorAssert.Near(colour, new JpegTransform(90).call(colour), 3.0 / 255);
        TensorAssert.Near(colour, new JpegTransform(90).surrogate(colour), 3.0 / 255);
    }

    [Fact]
    public void Images_are_encoded_one_by_one_and_stay_as_they_are()
    {
        using var scope = NewDisposeScope();
        using var transform = new JpegTransform(30);
        var images = rand(3, 3, 10, 12);
        var before = images.clone();
        var alone = cat([.. Enumerable.Range(0, 3).Select(i => transform.call(images.narrow(0, i, 1)))]);

        Assert.True(alone.Equals(transform.call(images)));
        Assert.True(before.Equals(images));
        TensorAssert.Differs(images, alone, 0.05);
        Assert.Equal([0, 1, 8, 8], transform.call(zeros(0, 1, 8, 8)).shape);
    }

    [Fact]
    public void Falls_through_the_differentiable_JPEG_further_than_through_the_identity()
    {
        var (clean, robust) = BehindTransform.Of(new JpegTransform(10), epsilon: 0.15);
        var (_, identity) = BehindTransform.Of(new TakenForIdentity(new JpegTransform(10)), epsilon: 0.15);

        Assert.InRange(clean, 0.9, 1);
        Assert.InRange(robust, 0, identity - 0.1);
        Assert.InRange(BehindTransform.Of(new JpegTransform(75), epsilon: 0.25).Robust, 0, 0.1);
    }

    [Fact]
    public void Impossible_qualities_and_other_channels_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new JpegTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new JpegTransform(101));
        using var transform = new JpegTransform();
        Assert.Contains(
            "have 2", Assert.Throws<ArgumentException>(() => transform.call(zeros(1, 2, 8, 8))).Message);
        Assert.Contains(
            "[N, C, H, W]", Assert.Throws<ArgumentException>(() => transform.call(zeros(8, 8))).Message);
    }
}
