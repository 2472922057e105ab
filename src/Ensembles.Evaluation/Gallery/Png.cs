using SkiaSharp;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>Images as PNG.</summary>
static class Png
{
    /// <summary>
    /// The PNG of an image [C, H, W], its values clamped to [0, 1]: in colour if it has three channels, else the first
    /// channel in grey.
    /// </summary>
    public static byte[] Encode(Tensor image)
    {
        using var scope = NewDisposeScope();
        var (channels, height, width) = (image.size(0), (int)image.size(1), (int)image.size(2));
        var levels = (image.detach().clamp(0, 1) * 255).round().to_type(ScalarType.Byte).cpu();
        // Skia wants interleaved RGBA.
        Tensor[] planes = channels == 3 ? [levels[0], levels[1], levels[2]] : [levels[0], levels[0], levels[0]];
        var pixels = stack([.. planes, full_like(planes[0], 255)], dim: -1).contiguous().data<byte>().ToArray();

        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var bitmap = SKImage.FromPixelCopy(info, pixels);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }
}
