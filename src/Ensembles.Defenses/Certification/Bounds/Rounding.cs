using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// How far rounding moves a sum of products: computed in floating point of unit roundoff u = 2^-24, in any order and
/// with or without fused multiplications, w.x + b differs from its exact value by at most gamma_n (|w|.|x| + |b|), with
/// gamma_n = n u / (1 - n u) for n terms.
/// </summary>
/// <remarks>
/// Bounds are widened by twice that: once for the network, which runs in float32 or better, and once for the bound's
/// own arithmetic. Arithmetic below float32, such as TF32 and bfloat16, is not covered.
/// </remarks>
static class Rounding
{
    /// <summary>Unit roundoff of float32 and of float64.</summary>
    const double Unit = 1.0 / (1 << 24), UnitOfDouble = 1.0 / (1L << 53);

    /// <summary>
    /// Operations besides the terms: sum and difference of centers and radii, the bias, a product each.
    /// </summary>
    const int Besides = 8;

    /// <summary>More than is lost where numbers are too small for float32, or taken for 0.</summary>
    public const double Smallest = 1e-30;

    /// <summary>2 gamma_(n + 8).</summary>
    /// <param name="terms">n, the products in a sum.</param>
    /// <exception cref="NotSupportedException">Sums of millions of terms, of which float32 keeps next to nothing.
    /// </exception>
    public static double Of(long terms)
    {
        var lost = (terms + Besides) * Unit;
        return lost < 0.25 ? 2 * lost / (1 - lost) : throw new NotSupportedException(
            $"A layer sums {terms} terms; rounding in float32 leaves no bound of such sums. Use smaller layers.");
    }

    /// <summary>gamma_(n + 8) of a bound's own sums.</summary>
    /// <param name="terms">n, the products in a sum.</param>
    /// <param name="type">What it is computed in.</param>
    /// <inheritdoc cref="Of(long)"/>
    public static double OfSum(long terms, ScalarType type) =>
        type == ScalarType.Float64 ? (terms + Besides) * UnitOfDouble * 1.01 : Of(terms) / 2;
}
