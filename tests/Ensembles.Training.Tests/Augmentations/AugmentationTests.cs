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

    [Fact]
    public void A_resized_crop_of_the_whole_is_the_image()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var images = rand(5, 3, 6, 9);
        TensorAssert.Near(images, new ResizedCropAugmentation(1, 1).Apply(images, generator), 1e-6);
    }

    /// <summary>
    /// On an image that is its own column, a crop is a ramp: its slope is the share of the width that is kept, and its
    /// ends lie inside the image.
    /// </summary>
    [Fact]
    public void A_resized_crop_keeps_a_share_of_the_area_inside_the_image()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        const int Size = 32;
        var ramp = arange(Size, dtype: ScalarType.Float32) / Size;
        var columns = ramp.view(1, 1, 1, Size).expand(400, 1, Size, Size);
        var images = cat([columns, columns.transpose(2, 3)], 1);
        var cropped = new ResizedCropAugmentation(0.25, 1.5).Apply(images, generator);
        // Away from the border, where the ramp ends.
        var middle = Size / 2;
        var width = (cropped[.., 0, middle, middle + 2] - cropped[.., 0, middle, middle - 2]) * (Size / 4.0);
        var height = (cropped[.., 1, middle + 2, middle] - cropped[.., 1, middle - 2, middle]) * (Size / 4.0);
        var (area, ratio) = (width * height, width / height);

        Assert.InRange(area.min().item<float>(), 0.24f, 0.35f);
        Assert.InRange(area.max().item<float>(), 0.9f, 1.01f);
        Assert.InRange(ratio.min().item<float>(), 0.66f, 0.72f);
        Assert.InRange(ratio.max().item<float>(), 1.4f, 1.51f);
        Assert.Equal(0.5f, cropped.mean().item<float>() + 0.5f / Size, 0.02f);
        Assert.True(cropped.min().item<float>() >= 0 && cropped.max().item<float>() <= ramp.max().item<float>());
    }

    [Fact]
    public void Impossible_crops_are_refused()
    {
        using var generator = new Generator(1);
        using var images = rand(1, 1, 4, 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResizedCropAugmentation(0).Apply(images, generator));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResizedCropAugmentation(1, 0.9).Apply(images, generator));
    }
}
