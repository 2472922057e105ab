using SkiaSharp;

namespace Ensembles.Data.Tests;

public sealed class ImageScalingTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>A grey image whose pixels follow from their place.</summary>
    static byte[] Grey(int height, int width)
    {
        using var bitmap = new SKBitmap(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var value = (byte)(((y * y * 37) + (x * 91) + (11 * x * y)) % 256);
                bitmap.SetPixel(x, y, new SKColor(value, value, value));
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    byte[] Load(ImageScaling scaling)
    {
        using var data = ImageFolder.Load(folder.Path, channels: 1, scaling: scaling);
        return Array.ConvertAll(
            data.Images[0].flatten().data<float>().ToArray(), value => (byte)MathF.Round(value * 255));
    }

    /// <summary>torch.nn.functional.interpolate(mode="bilinear", antialias=True) of PyTorch 1.13.</summary>
    [Fact]
    public void It_is_antialiased_linear_interpolation_as_PyTorch_has_it()
    {
        folder.Write("a/1.png", Grey(7, 5));
        Assert.Equal(new byte[] { 101, 130, 123, 142, 127, 133 }, Load(ImageScaling.To(3, 2)));
        Assert.Equal(
            new byte[]
            {
                23, 51, 98, 150, 204, 123, 67, 114, 142, 106, 100, 89, 105, 129, 164, 181, 131, 101, 95, 122, 168, 146,
                107, 153, 182, 143, 119, 98, 112, 135, 142, 145, 93, 68, 145, 191,
            },
            Load(ImageScaling.To(4, 9)));
    }

    [Fact]
    public void The_size_that_an_image_has_changes_nothing()
    {
        folder.Write("a/1.png", Grey(6, 9));
        using var plain = ImageFolder.Load(folder.Path);
        using var scaled = ImageFolder.Load(folder.Path, scaling: ImageScaling.To(6, 9));
        Assert.True(plain.Images.Equals(scaled.Images));
    }

    /// <summary>10 of 20 rows, 15 of 30 columns; then 8 of 10 from row 1 on, and 8 of 15 from column 4 on.</summary>
    [Theory]
    [InlineData(20, 30, 1, 4)]
    [InlineData(30, 20, 4, 1)]
    public void A_center_crop_is_the_middle_of_the_image_scaled_in_its_proportions(
        int height, int width, int row, int column)
    {
        folder.Write("a/1.png", Grey(height, width));
        using var whole = ImageFolder.Load(folder.Path, scaling: ImageScaling.To(height / 2, width / 2));
        using var crop = ImageFolder.Load(folder.Path, scaling: ImageScaling.CenterCrop(8, 10));
        Assert.Equal([1, 3, 8, 8], crop.Images.shape);
        Assert.True(crop.Images.Equals(whole.Images[.., .., row..(row + 8), column..(column + 8)]));
    }

    /// <summary>Its longer side comes to have 2.5 billion pixels, of which the middle is kept.</summary>
    [Fact]
    public void A_narrow_image_is_cropped_however_long_it_becomes()
    {
        folder.Write("a/1.png", ImageFiles.Png(10, 20, 30, width: 10_000, height: 1));
        using var data = ImageFolder.Load(folder.Path, scaling: ImageScaling.CenterCrop(8, 250_000));
        Assert.Equal([1, 3, 8, 8], data.Images.shape);
        Assert.True(data.Images[0, 2].eq(30f / 255).all().item<bool>());
    }

    [Fact]
    public void Images_of_several_sizes_come_to_have_one()
    {
        folder.Write("a/1.png", Grey(20, 30));
        folder.Write("b/1.png", ImageFiles.Png(10, 20, 30, width: 7, height: 40));
        Fails.Naming(folder["b/1.png"], "but the first image is 20x30", () => ImageFolder.Load(folder.Path));
        using var data = ImageFolder.Load(folder.Path, scaling: ImageScaling.CenterCrop(8, 8));
        Assert.Equal([2, 3, 8, 8], data.Images.shape);
        // One colour stays itself.
        Assert.True(data.Images[1, 2].eq(30f / 255).all().item<bool>());
    }

    [Fact]
    public void Impossible_sizes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageScaling.To(0, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageScaling.CenterCrop(9, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageScaling.CenterCrop(0, 8));
    }
}
