using static TorchSharp.torch;

namespace Ensembles.Data;

/// <summary>
/// One encoded image that is in memory, as a request to a service brings it: PNG, JPEG, WebP, BMP or GIF, turned as its
/// EXIF orientation says. It need not be trusted.
/// </summary>
public static class ImageFile
{
    const string Name = "The image";

    /// <summary>Height and width as its header says, in pixels; nothing is decoded.</summary>
    /// <exception cref="DatasetException">
    /// It is no image in one of these formats, or claims more than 33,554,432 pixels.
    /// </exception>
    public static (int Height, int Width) SizeOf(byte[] file) => ImageDecoder.SizeOf(Checked(file), Name);

    /// <summary>Decodes it: float32 [1, C, H, W] in [0, 1].</summary>
    /// <param name="file">The bytes of the file.</param>
    /// <param name="channels">C: 3 for red, green and blue, 1 for grey.</param>
    /// <param name="scaling">How it is brought to a size; null for its own.</param>
    /// <exception cref="DatasetException">
    /// It is no image in one of these formats, or damaged, or transparent, or has more than 33,554,432 pixels. Decoding
    /// takes 4 bytes a pixel and more: see <see cref="SizeOf"/> first where strangers send images.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">Channels other than 1 and 3.</exception>
    public static Tensor Decode(byte[] file, int channels = 3, ImageScaling? scaling = null)
    {
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(
                nameof(channels), channels, "Images have 1 channel (grey) or 3 (colour).");
        var (height, width) = scaling is null ? SizeOf(file) : (scaling.Height, scaling.Width);
        var pixels = new byte[channels * height * width];
        ImageDecoder.Decode(Checked(file), Name, channels, (height, width), scaling, pixels);
        using var bytes = tensor(pixels, [1, channels, height, width]);
        using var values = bytes.to_type(ScalarType.Float32);
        return values.div(255);
    }

    static byte[] Checked(byte[] file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Length > 0 ? file : throw new DatasetException(Name, "It has no bytes.");
    }
}
