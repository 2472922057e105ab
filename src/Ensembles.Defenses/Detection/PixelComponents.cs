using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>The principal components of images' pixels.</summary>
/// <param name="Mean">The mean image m, float64 [D].</param>
/// <param name="Variances">The variances along the directions, ascending, float64 [D].</param>
/// <param name="Directions">The directions in columns, float64 [D, D].</param>
sealed record PixelComponents(Tensor Mean, Tensor Variances, Tensor Directions)
{
    /// <summary>More pixels have no covariance that would fit into memory and time.</summary>
    const int MostPixels = 4096;

    /// <summary>The components of pixels [N, D].</summary>
    public static PixelComponents Of(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var flat = pixels.to_type(ScalarType.Float64);
        var mean = flat.mean([0]);
        var centered = flat - mean;
        var (variances, directions) = linalg.eigh(centered.t().matmul(centered) / flat.size(0));
        return new PixelComponents(
            mean.MoveToOuterDisposeScope(),
            variances.MoveToOuterDisposeScope(),
            directions.MoveToOuterDisposeScope());
    }

    /// <exception cref="ArgumentOutOfRangeException">More pixels than components are computed of.</exception>
    public static void ThrowIfNotPixels(int pixels)
    {
        if (pixels is < 2 or > MostPixels)
            throw new ArgumentOutOfRangeException(
                nameof(pixels), pixels, $"Principal components are computed of 2 to {MostPixels} pixels.");
    }

    /// <summary>Images [N, C, H, W] as [N, C H W].</summary>
    /// <exception cref="ArgumentException">Images of another number of pixels.</exception>
    public static Tensor Flat(Tensor images, long pixels)
    {
        var flat = images.flatten(1);
        return flat.size(1) == pixels ? flat : throw new ArgumentException(
            $"The detector is made for {pixels} pixels, and images [{string.Join(", ", images.shape)}] have "
            + $"{flat.size(1)}: give the constructor their number.",
            nameof(images));
    }
}
