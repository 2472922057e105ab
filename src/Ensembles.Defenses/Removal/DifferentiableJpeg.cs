using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// The steps of JPEG in float arithmetic, after Shin and Song 2017: luma and chroma, chroma at half the size, cosine
/// transform of blocks of 8x8, quantisation by the standard's tables, and all of it back.
/// </summary>
static class DifferentiableJpeg
{
    const int Block = 8;

    /// <summary>The tables of the standard's annex K at quality 50, row by row.</summary>
    static readonly float[] lumaTable =
    [
        16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29,
        51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121,
        120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
    ];

    static readonly float[] chromaTable =
    [
        17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
        99, 99, 99, 99, 99, 99, 99, 99,
    ];

    /// <summary>
    /// a of the soft rounding. On bars of 12x12 pixels 0.5 to 1 led PGD about as far at qualities 5 to 75, and 0.25
    /// less far; 0 is the identity.
    /// </summary>
    const double Steepness = 0.75;

    /// <summary>
    /// x - a sin(2 pi x) / (2 pi), which nears the steps of rounding while its slope, 1 - a cos(2 pi x), stays above 0.
    /// </summary>
    public static Tensor SoftRound(Tensor x) => x - ((2 * Math.PI * x).sin() * (Steepness / (2 * Math.PI)));

    /// <summary>Images [N, 1 or 3, H, W] after JPEG with any rounding of the quantised coefficients.</summary>
    /// <param name="images">Images in [0, 1].</param>
    /// <param name="quality">From 1 to 100.</param>
    /// <param name="round">Rounds; the nearest integers give what a codec keeps, up to its integer arithmetic.</param>
    public static Tensor Of(Tensor images, int quality, Func<Tensor, Tensor> round)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (images.size(2), images.size(3));
        var unit = images.size(1) == 1 ? Block : 2 * Block;
        var pixels = functional.pad(
            images, [0, Missing(width), 0, Missing(height)], PaddingModes.Replicate) * 255;
        Tensor decoded;
        if (images.size(1) == 1)
        {
            decoded = Quantized(pixels - 128, lumaTable) + 128;
        }
        else
        {
            var (r, g, b) = (pixels.narrow(1, 0, 1), pixels.narrow(1, 1, 1), pixels.narrow(1, 2, 1));
            var luma = (0.299 * r) + (0.587 * g) + (0.114 * b);
            var chroma = functional.avg_pool2d(cat([(b - luma) / 1.772, (r - luma) / 1.402], 1), 2);
            luma = Quantized(luma - 128, lumaTable) + 128;
            chroma = functional.interpolate(
                Quantized(chroma, chromaTable), scale_factor: [2, 2], mode: InterpolationMode.Bilinear,
                align_corners: false);
            var (cb, cr) = (chroma.narrow(1, 0, 1), chroma.narrow(1, 1, 1));
            decoded = cat(
                [luma + (1.402 * cr), luma - (0.344136 * cb) - (0.714136 * cr), luma + (1.772 * cb)], 1);
        }
        return (decoded.narrow(2, 0, height).narrow(3, 0, width) / 255).contiguous().MoveToOuterDisposeScope();

        long Missing(long side) => (unit - (side % unit)) % unit;

        Tensor Quantized(Tensor plane, float[] table)
        {
            var steps = Steps(table, quality).to(plane.dtype).to(plane.device);
            var cosines = Cosines().to(plane.dtype).to(plane.device);
            long[] shape = plane.shape;
            var blocks = plane
                .view(shape[0], shape[1], shape[2] / Block, Block, shape[3] / Block, Block).permute(0, 1, 2, 4, 3, 5);
            var kept = round(cosines.matmul(blocks).matmul(cosines.t()) / steps) * steps;
            return cosines.t().matmul(kept).matmul(cosines).permute(0, 1, 2, 4, 3, 5).reshape(shape);
        }
    }

    /// <summary>A table at a quality, as libjpeg scales it.</summary>
    static Tensor Steps(float[] table, int quality)
    {
        var scale = quality < 50 ? 5000 / quality : 200 - (2 * quality);
        return ((tensor(table).view(Block, Block) * scale + 50) / 100).floor().clamp(1, 255);
    }

    /// <summary>The orthonormal cosine transform, a row a frequency.</summary>
    static Tensor Cosines()
    {
        var places = arange(Block, dtype: ScalarType.Float64);
        var cosines = (outer(places, (2 * places) + 1) * (Math.PI / (2 * Block))).cos() * Math.Sqrt(2.0 / Block);
        cosines[0] /= Math.Sqrt(2);
        return cosines;
    }
}
