using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Robustness;

public class DistinctImagesTests
{
    static CheckOutcome Check(Tensor images) =>
        DistinctImages.Run(new LabeledImages(images, zeros(images.size(0), dtype: ScalarType.Int64), classCount: 2));

    static Tensor Rand(params long[] shape)
    {
        using var generator = new Generator(1);
        return rand(shape, generator: generator);
    }

    [Fact]
    public void An_image_repeated_is_one_also_where_noise_tells_the_copies_apart()
    {
        var one = Rand(1, 1, 8, 8) * 0.9 + 0.05;
        foreach (var noise in new[] { 0, 1e-6, 1e-4, 1e-3 })
        {
            var check = Check(one + noise * Rand(50, 1, 8, 8));
            Assert.False(check.Passed, $"{noise}");
            Assert.StartsWith("1 of 50 images is distinct", check.Finding);
        }
    }

    [Fact]
    public void Images_that_differ_by_a_grey_level_somewhere_are_distinct()
    {
        var images = Rand(1, 3, 6, 6).repeat(40, 1, 1, 1);
        for (var i = 0; i < 40; i++)
            images[i, 0, i / 6 % 6, i % 6] = i / 255f;
        Assert.StartsWith("40 of 40", Check(images).Finding);
    }

    [Fact]
    public void Few_doubles_are_allowed()
    {
        var images = Rand(100, 1, 8, 8);
        images[3] = images[90];
        Assert.True(Check(images).Passed);
        Assert.StartsWith("99 of 100", Check(images).Finding);
    }
}
