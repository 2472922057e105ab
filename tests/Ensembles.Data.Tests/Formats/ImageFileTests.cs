using SkiaSharp;

namespace Ensembles.Data.Tests;

/// <summary>One image in memory.</summary>
public sealed class ImageFileTests
{
    static readonly byte[] png = ImageFiles.Png(255, 51, 0, width: 4, height: 3);

    [Fact]
    public void AnImageIsItsPixels()
    {
        using var colours = ImageFile.Decode(png);
        using var grey = ImageFile.Decode(png, channels: 1);

        Assert.Equal((3, 4), ImageFile.SizeOf(png));
        Assert.Equal([1, 3, 3, 4], colours.shape);
        Assert.Equal([1f, 0.2f, 0f], colours[0, .., 1, 2].data<float>().ToArray());
        // 0.299 * 255 + 0.587 * 51, rounded.
        Assert.Equal([1, 1, 3, 4], grey.shape);
        Assert.Equal(106 / 255f, grey[0, 0, 2, 3].item<float>());
    }

    [Fact]
    public void AnImageIsScaledAsThoseOfAFolder()
    {
        using var scaled = ImageFile.Decode(png, scaling: ImageScaling.CenterCrop(5, 6));
        Assert.Equal([1, 3, 5, 5], scaled.shape);
        Assert.Equal([1f, 0.2f, 0f], scaled[0, .., 4, 0].data<float>().ToArray());
    }

    [Theory]
    [InlineData(0, "no bytes")]
    [InlineData(6, "not an image")]
    public void WhatIsNoImageIsRefused(int length, string words)
    {
        Fails.Naming("The image", words, () => ImageFile.Decode(png[..length]));
        Fails.Naming("The image", words, () => ImageFile.SizeOf(png[..length]));
    }

    [Fact]
    public void AFileThatIsCutOffHasASizeAndNoPixels()
    {
        var jpeg = ImageFiles.Png(9, 9, 9, width: 64, height: 64, SKEncodedImageFormat.Jpeg);

        Assert.Equal((64, 64), ImageFile.SizeOf(jpeg[..(jpeg.Length - 20)]));
        Fails.Naming("The image", "cut off", () => ImageFile.Decode(jpeg[..(jpeg.Length - 20)]));
    }

    [Fact]
    public void OtherChannelsAreRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageFile.Decode(png, channels: 4));
}
