using SkiaSharp;

namespace Ensembles.Data;

/// <summary>
/// Decodes image files as they are meant to be looked at: turned as their EXIF orientation says. Nobody can say what
/// lies behind transparent pixels, so those are refused.
/// </summary>
static class ImageDecoder
{
    /// <summary>
    /// The largest image, in pixels: 8192 x 4096. A header of a few bytes can claim a thousand times as many.
    /// </summary>
    const int MostPixels = 1 << 25;

    /// <summary>An encoded image is no longer than its pixels.</summary>
    public const int LongestFile = 4 * MostPixels;

    /// <summary>Extensions of the formats that are read.</summary>
    public static readonly string[] Extensions =
        [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".gif"];

    /// <summary>Extensions of images in other formats.</summary>
    public static readonly string[] OtherExtensions =
    [
        ".apng", ".arw", ".avif", ".cr2", ".cr3", ".cur", ".dds", ".dng", ".eps", ".exr", ".fits", ".hdr", ".heic",
        ".heif", ".ico", ".j2k", ".jp2", ".jpx", ".jxl", ".nef", ".orf", ".pbm", ".pcx", ".pgm", ".pnm", ".ppm", ".psd",
        ".raw", ".rw2", ".svg", ".tga", ".tif", ".tiff", ".wbmp", ".xbm", ".xpm",
    ];

    /// <summary>Height and width of an encoded image, as it is shown.</summary>
    public static (int Height, int Width) SizeOf(byte[] file, string name)
    {
        using var codec = Open(file, name);
        return SizeOf(codec);
    }

    /// <summary>Writes the image channel by channel: red, green and blue, or Rec. 601 luma alone.</summary>
    /// <param name="file">The encoded image.</param>
    /// <param name="name">What a message calls it.</param>
    /// <param name="channels">3 or 1.</param>
    /// <param name="size">The height and width that it must have, or that scaling gives it.</param>
    /// <param name="scaling">How it is scaled; null for as it is.</param>
    /// <param name="target">Receives channels x height x width bytes.</param>
    public static void Decode(
        byte[] file, string name, int channels, (int Height, int Width) size, ImageScaling? scaling, Span<byte> target)
    {
        using var codec = Open(file, name);
        var shown = SizeOf(codec);
        if (scaling is null && shown != size)
            throw new DatasetException(
                name,
                $"It is {shown.Height}x{shown.Width} pixels, but the first image is {size.Height}x{size.Width}. "
                    + "Bring all images to one size, or have them scaled when they are read.");
        if (scaling is null)
        {
            Decode(codec, name, channels, shown, target);
            return;
        }

        var whole = new byte[channels * shown.Height * shown.Width];
        Decode(codec, name, channels, shown, whole);
        var scaled = scaling.Scaled(shown);
        Resampling.Scale(whole, channels, shown, scaled, scaling.Corner(scaled), size, target);
    }

    static void Decode(SKCodec codec, string name, int channels, (int Height, int Width) size, Span<byte> target)
    {
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap(info);
        if (codec.GetPixels(info, bitmap.GetPixels()) != SKCodecResult.Success)
            throw new DatasetException(name, "The image is damaged or cut off. Get the file again, or remove it.");

        var rgba = bitmap.GetPixelSpan();
        var area = size.Height * size.Width;
        for (var i = 0; i < area; i++)
        {
            var (x, y) = Stored(codec.EncodedOrigin, i % size.Width, i / size.Width, info);
            var pixel = rgba.Slice(4 * (y * info.Width + x), 4);
            if (pixel[3] != byte.MaxValue)
                throw new DatasetException(
                    name,
                    $"Its pixel in row {i / size.Width} and column {i % size.Width} is transparent. Lay the image on a "
                        + "background of your choice, and save it without transparency.");
            if (channels == 1)
            {
                target[i] = (byte)Math.Round(0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]);
                continue;
            }

            target[i] = pixel[0];
            target[area + i] = pixel[1];
            target[2 * area + i] = pixel[2];
        }
    }

    static (int Height, int Width) SizeOf(SKCodec codec) =>
        codec.EncodedOrigin >= SKEncodedOrigin.LeftTop
            ? (codec.Info.Width, codec.Info.Height)
            : (codec.Info.Height, codec.Info.Width);

    /// <summary>
    /// Where the pixel shown at (x, y) is stored. An origin names the sides at which the first row and the first column
    /// are shown.
    /// </summary>
    static (int X, int Y) Stored(SKEncodedOrigin origin, int x, int y, SKImageInfo stored)
    {
        var (right, bottom) = (stored.Width - 1, stored.Height - 1);
        return origin switch
        {
            SKEncodedOrigin.TopRight => (right - x, y),
            SKEncodedOrigin.BottomRight => (right - x, bottom - y),
            SKEncodedOrigin.BottomLeft => (x, bottom - y),
            SKEncodedOrigin.LeftTop => (y, x),
            SKEncodedOrigin.RightTop => (y, bottom - x),
            SKEncodedOrigin.RightBottom => (right - y, bottom - x),
            SKEncodedOrigin.LeftBottom => (right - y, x),
            _ => (x, y),
        };
    }

    static SKCodec Open(byte[] file, string name)
    {
        using var data = SKData.CreateCopy(file);
        var codec = SKCodec.Create(data)
            ?? throw new DatasetException(
                name, "It is not an image that can be read. Remove it, or save it as PNG or JPEG.");
        var problem = Problem(codec);
        if (problem is null)
            return codec;
        codec.Dispose();
        throw new DatasetException(name, problem);
    }

    static string? Problem(SKCodec codec)
    {
        var (height, width) = (codec.Info.Height, codec.Info.Width);
        if ((long)height * width > MostPixels)
            return $"It claims to be {height}x{width} pixels, and an image has at most {MostPixels} here. Scale it "
                + "down, or get the file again.";
        return codec.FrameCount > 1
            ? $"It is a film of {codec.FrameCount} images. Save the one that is meant as PNG."
            : null;
    }
}
