using SkiaSharp;

namespace Ensembles.Data.Tests;

/// <summary>Images that are not what they seem, or seem not what they are.</summary>
public sealed class UnusualImagesTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    LabeledImages Load(byte[] content, string name = "a/1.png")
    {
        folder.Write(name, content);
        return ImageFolder.Load(folder.Path);
    }

    /// <summary>
    /// Stored: left half dark, right half bright, and in the upper half one grey more. The table of EXIF names for each
    /// orientation where the first row and the first column are shown.
    /// </summary>
    [Theory]
    [InlineData(1, "top", "left")]
    [InlineData(2, "top", "right")]
    [InlineData(3, "bottom", "right")]
    [InlineData(4, "bottom", "left")]
    [InlineData(5, "left", "top")]
    [InlineData(6, "right", "top")]
    [InlineData(7, "right", "bottom")]
    [InlineData(8, "left", "bottom")]
    public void Exif_orientation_is_followed(byte orientation, string firstRow, string firstColumn)
    {
        // 16 rows of 32 pixels: the first rows red, the first columns green.
        using var bitmap = new SKBitmap(32, 16);
        for (var y = 0; y < 16; y++)
        {
            for (var x = 0; x < 32; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)(y < 8 ? 255 : 0), (byte)(x < 16 ? 255 : 0), 128));
        }

        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        using var data = Load(UnusualFiles.WithOrientation(jpeg.ToArray(), orientation), "a/1.jpg");
        var (height, width) = orientation < 5 ? (16, 32) : (32, 16);
        Assert.Equal([1, 3, height, width], data.Images.shape);
        Assert.Equal(firstRow, BrightSide(0));
        Assert.Equal(firstColumn, BrightSide(1));

        string BrightSide(int channel)
        {
            float At(int y, int x) => data.Images[0, channel, y, x].item<float>();
            var (top, bottom) = (At(1, 1) + At(1, width - 2), At(height - 2, 1) + At(height - 2, width - 2));
            var (left, right) = (At(1, 1) + At(height - 2, 1), At(1, width - 2) + At(height - 2, width - 2));
            return top - bottom > 1 ? "top" : bottom - top > 1 ? "bottom" : left - right > 1 ? "left" : "right";
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(128)]
    [InlineData(254)]
    public void A_transparent_pixel_is_named(byte alpha)
    {
        using var bitmap = new SKBitmap(4, 3, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        bitmap.Erase(new SKColor(200, 100, 50));
        using var opaque = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Load(opaque.ToArray()).Dispose();
        bitmap.SetPixel(3, 1, new SKColor(200, 100, 50, alpha));
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Fails.Naming(folder["a/1.png"], "row 1 and column 3 is transparent", () => Load(png.ToArray()));
    }

    [Theory]
    [InlineData(20_000, 20_000)]
    [InlineData(8_193, 4_096)]
    [InlineData(65_535, 65_535)]
    [InlineData(1_000_000, 1_000_000)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void A_header_that_claims_more_pixels_than_any_image_has_is_refused(int width, int height)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Fails.Naming(
            folder["a/1.png"],
            width < 1_000_000 ? $"claims to be {height}x{width} pixels" : "",
            () => Load(UnusualFiles.Claiming(ImageFiles.Png(1, 2, 3), width, height)));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 1 << 22);
    }

    [Fact]
    public void More_images_than_memory_holds_are_refused()
    {
        var large = folder.Write("large.png", ImageFiles.Png(1, 2, 3, width: 8_192, height: 4_096));
        var count = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (8_192L * 4_096 * 3 * 4) + 1;
        Directory.CreateDirectory(folder["data/a"]);
        for (var i = 0; i < count; i++)
            File.CreateSymbolicLink(folder[$"data/a/{i}.png"], large);
        Fails.Naming(folder["data"], "GB as float32", () => ImageFolder.Load(folder["data"]));
    }

    [Fact]
    public void A_file_longer_than_any_image_is_not_read()
    {
        folder.Write("a/1.png", []);
        using (var file = File.OpenWrite(folder["a/1.png"]))
            file.SetLength(1L << 40);
        Fails.Naming(folder["a/1.png"], $"{1L << 40} bytes", () => ImageFolder.Load(folder.Path));
    }
}
