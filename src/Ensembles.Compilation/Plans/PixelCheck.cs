using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Looks whether every pixel lies in [0, 1], without tensor operations where the pixels can be read directly:
/// <see cref="ImageChecks"/> costs as much as a third of a small network on one image.
/// </summary>
static class PixelCheck
{
    /// <summary>Whether images, float32, lie in [0, 1]; false also when it could not be told.</summary>
    /// <param name="images">The images.</param>
    /// <param name="atOnce">The most pixels in one span, which cannot have more than 2 GiB.</param>
    public static bool AreInRange(Tensor images, long atOnce = 1 << 28)
    {
        if (images.device_type != TorchSharp.DeviceType.CPU || !images.is_contiguous())
            return false;
        var count = images.numel();
        if (count <= atOnce)
            return AreInRange(MemoryMarshal.Cast<byte, float>(images.bytes));
        using var row = images.detach().view(-1);
        for (var start = 0L; start < count; start += atOnce)
        {
            using var some = row.narrow(0, start, Math.Min(atOnce, count - start));
            if (!AreInRange(MemoryMarshal.Cast<byte, float>(some.bytes)))
                return false;
        }

        return true;
    }

    static bool AreInRange(ReadOnlySpan<float> pixels)
    {
        var (zero, one) = (Vector<float>.Zero, Vector<float>.One);
        var inside = Vector<int>.AllBitsSet;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(pixels);
        // Comparisons with NaN are false.
        foreach (var values in vectors)
            inside &= Vector.GreaterThanOrEqual(values, zero) & Vector.LessThanOrEqual(values, one);
        if (inside != Vector<int>.AllBitsSet)
            return false;
        foreach (var value in pixels[(vectors.Length * Vector<float>.Count)..])
        {
            if (!(value >= 0 && value <= 1))
                return false;
        }

        return true;
    }
}
