using SkiaSharp;

namespace Ensembles.Data;

/// <summary>Decodes PNG and JPEG files. Transparent pixels are shown on black.</summary>
static class ImageDecoder
{
    public static readonly string[] Extensions = [".png", ".jpg", ".jpeg"];

    /// <summary>Height and width of an encoded image.</summary>
    public static (int Height, int Width) SizeOf(byte[] file, string name)
    {
        using var codec = Open(file, name);
        return (codec.Info.Height, codec.Info.Width);
    }

    /// <summary>Writes the image channel by channel: red, green and blue, or Rec. 601 luma alone.</summary>
    public static void Decode(byte[] file, string name, int channels, (int Height, int Width) size, Span<byte> target)
    {
        using var codec = Open(file, name);
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        if ((info.Height, info.Width) != size)
            throw new DatasetException(
                name,
                $"It is {info.Height}x{info.Width} pixels, but the first image is {size.Height}x{size.Width}. "
                    + "Bring all images to one size.");
        using var bitmap = new SKBitmap(info);
        if (codec.GetPixels(info, bitmap.GetPixels()) != SKCodecResult.Success)
            throw new DatasetException(name, "The image is damaged or cut off. Get the file again, or remove it.");

        var rgba = bitmap.GetPixelSpan();
        var area = size.Height * size.Width;
        for (var i = 0; i < area; i++)
        {
            var (red, green, blue) = (rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]);
            if (channels == 1)
            {
                target[i] = (byte)Math.Round(0.299 * red + 0.587 * green + 0.114 * blue);
                continue;
            }

            target[i] = red;
            target[area + i] = green;
            target[2 * area + i] = blue;
        }
    }

    static SKCodec Open(byte[] file, string name)
    {
        using var data = SKData.CreateCopy(file);
        return SKCodec.Create(data)
            ?? throw new DatasetException(
                name, "It is not an image that can be read. Remove it, or save it as PNG or JPEG.");
    }
}
