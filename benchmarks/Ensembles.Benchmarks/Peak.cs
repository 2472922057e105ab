using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ensembles.Benchmarks;

/// <summary>
/// What one core can do at most: multiplications and additions of numbers that are in registers already. A matrix
/// product is no such limit: torch's uses half of a vector on some processors.
/// </summary>
static class Peak
{
    const int Rounds = 100_000;

    /// <summary>Multiplications and additions of a call.</summary>
    public static double Flops => 2.0 * 12 * Rounds * (
        Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count);

    /// <summary>Keeps the sums from being optimised away.</summary>
    static float sink;

    public static void Run() => sink += Vector512.IsHardwareAccelerated ? Wide() : Narrow();

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float Wide()
    {
        var (x, w) = (Vector512.Create(1.0001f), Vector512.Create(0.9999f));
        Vector512<float> a, b, c, d, e, f, g, h, i, j, k, l;
        a = b = c = d = e = f = g = h = i = j = k = l = x;
        for (var round = 0; round < Rounds; round++)
        {
            (a, b, c) = (
                Vector512.FusedMultiplyAdd(x, w, a),
                Vector512.FusedMultiplyAdd(x, w, b),
                Vector512.FusedMultiplyAdd(x, w, c));
            (d, e, f) = (
                Vector512.FusedMultiplyAdd(x, w, d),
                Vector512.FusedMultiplyAdd(x, w, e),
                Vector512.FusedMultiplyAdd(x, w, f));
            (g, h, i) = (
                Vector512.FusedMultiplyAdd(x, w, g),
                Vector512.FusedMultiplyAdd(x, w, h),
                Vector512.FusedMultiplyAdd(x, w, i));
            (j, k, l) = (
                Vector512.FusedMultiplyAdd(x, w, j),
                Vector512.FusedMultiplyAdd(x, w, k),
                Vector512.FusedMultiplyAdd(x, w, l));
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static float Narrow()
    {
        var (x, w) = (Vector256.Create(1.0001f), Vector256.Create(0.9999f));
        Vector256<float> a, b, c, d, e, f, g, h, i, j, k, l;
        a = b = c = d = e = f = g = h = i = j = k = l = x;
        for (var round = 0; round < Rounds; round++)
        {
            (a, b, c) = (
                Vector256.FusedMultiplyAdd(x, w, a),
                Vector256.FusedMultiplyAdd(x, w, b),
                Vector256.FusedMultiplyAdd(x, w, c));
            (d, e, f) = (
                Vector256.FusedMultiplyAdd(x, w, d),
                Vector256.FusedMultiplyAdd(x, w, e),
                Vector256.FusedMultiplyAdd(x, w, f));
            (g, h, i) = (
                Vector256.FusedMultiplyAdd(x, w, g),
                Vector256.FusedMultiplyAdd(x, w, h),
                Vector256.FusedMultiplyAdd(x, w, i));
            (j, k, l) = (
                Vector256.FusedMultiplyAdd(x, w, j),
                Vector256.FusedMultiplyAdd(x, w, k),
                Vector256.FusedMultiplyAdd(x, w, l));
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
