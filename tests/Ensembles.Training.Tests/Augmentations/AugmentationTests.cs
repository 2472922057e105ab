using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Augmentations;

public class AugmentationTests
{
    /// <summary>
    /// Every image is one of the nine places that a padding of one pixel allows, and all nine come up.
    /// </summary>
    [Fact]
    public void Crop_moves_each_image_by_whole_pixels()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var image = arange(1, 19, ScalarType.Float32).view(1, 2, 3, 3) / 18;
        var moved = new CropAugmentation(1).Apply(image.repeat(200, 1, 1, 1), generator);
        var padded = nn.functional.pad(image, [1, 1, 1, 1]);
        var seen = new HashSet<(int, int)>();
        for (var i = 0; i < 200; i++)
        {
            var places = from top in Enumerable.Range(0, 3)
                         from left in Enumerable.Range(0, 3)
                         where padded[0].narrow(1, top, 3).narrow(2, left, 3).Equals(moved[i])
                         select (top, left);
            seen.Add(Assert.Single(places));
        }

        Assert.Equal(9, seen.Count);
    }

    [Fact]
    public void Flip_mirrors_about_half_of_the_images()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var image = rand(1, 3, 4, 5);
        var flipped = new FlipAugmentation().Apply(image.repeat(400, 1, 1, 1), generator);
        var mirrored = Enumerable.Range(0, 400).Count(i => flipped[i].Equals(image.flip(3)[0]));
        Assert.Equal(400 - mirrored, Enumerable.Range(0, 400).Count(i => flipped[i].Equals(image[0])));
        // 200 +- 10
        Assert.InRange(mirrored, 150, 250);
    }

    [Fact]
    public void Noise_has_the_deviation_asked_for_and_leaves_the_images_in_the_box()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var noise = new NoiseAugmentation(0.1).Apply(full(10, 1, 50, 50, 0.5f), generator) - 0.5;
        Assert.Equal(0.1f, noise.std().item<float>(), 2e-3f);
        Assert.Equal(0, noise.mean().item<float>(), 2e-3f);
        var white = new NoiseAugmentation(0.1).Apply(ones(2, 1, 5, 5), generator);
        Assert.True(white.max().item<float>() <= 1 && white.min().item<float>() < 1);
    }
}
