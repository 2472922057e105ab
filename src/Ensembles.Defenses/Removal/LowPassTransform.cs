using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Suppressed high frequencies (Zhang et al. 2019 [39]): of the discrete Fourier transform of each channel the
/// frequencies with |u| &lt;= r and |v| &lt;= r stay.
/// </summary>
/// <remarks>
/// <para>The mask is symmetric, also where a side is even: the source's keeps -r and not r there, and what it returns
/// is no projection. So y = P x is linear, real, idempotent and self-adjoint, and r of half the side or more changes
/// nothing. Of [0, 1] it may leave a little on both sides, which is not cut off: P would be linear no more.</para>
/// <para>The mask is a square, so P x = P_H x P_W with one matrix for each side, P[a, b] = 1/n sum over the kept k of
/// cos(2 pi k (a - b) / n).</para>
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Zhang et al. 2019 [39]",
    UnderAttack = "Falls to PGD through it: perturbations of low frequency pass.")]
[Claims<NonRobustFeatureRemoval>]
public sealed class LowPassTransform : InputTransform, ILinearMap
{
    /// <summary>Makes the transform.</summary>
    /// <param name="radius">r, the highest frequency that stays, in cycles per image; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative radius.</exception>
    public LowPassTransform(int radius = 6) : base(nameof(LowPassTransform))
    {
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        Radius = radius;
    }

    /// <summary>r, the highest frequency that stays, in cycles per image.</summary>
    public int Radius { get; }

    /// <summary>Images [N, C, H, W] without the high frequencies.</summary>
    public override Tensor forward(Tensor images)
    {
        ImageShape.ThrowIfNot(images);
        using var scope = NewDisposeScope();
        var (rows, columns) = (Projection(images.size(2)), Projection(images.size(3)));
        return rows.matmul(images).matmul(columns).MoveToOuterDisposeScope();

        Tensor Projection(long size)
        {
            var places = arange(size, dtype: ScalarType.Float64);
            Tensor kept = tensor(
                [.. Enumerable.Range(0, (int)size).Where(k => Math.Min(k, size - k) <= Radius).Select(k => (double)k)]);
            // Of k (a - b) only what is left after whole turns counts, which keeps cosines of long sides exact.
            var turns = outer(places, kept).remainder(size) * (2 * Math.PI / size);
            var (cosines, sines) = (turns.cos(), turns.sin());
            return (cosines.matmul(cosines.t()) + sines.matmul(sines.t())).div(size)
                .to(images.dtype).to(images.device);
        }
    }
}
