using System.Numerics;
using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// <see cref="Hyperplane.Change"/> in the host's memory, image by image: lambda is found by Newton's method in place of
/// sorting all pixels by where they bend.
/// </summary>
/// <remarks>
/// w d is concave in lambda, so each tangent lies above it and reaches c too early: from 0 on the steps only rise, and
/// end exactly on the straight piece that holds c, after some five of them.
/// </remarks>
sealed class HyperplaneSearch
{
    const double Still = 1e-8;

    readonly bool isLinf;
    readonly double[] bends;
    readonly double[] full;
    readonly double[] slopes;

    HyperplaneSearch(Norm norm, int pixels)
    {
        isLinf = norm == Norm.Linf;
        (bends, full, slopes) = (new double[pixels], new double[pixels], new double[pixels]);
    }

    /// <summary>The change, of tensors in the host's memory; see <see cref="HostMemory.Holds"/>.</summary>
    /// <param name="norm">Linf or L2.</param>
    /// <param name="points">t, [N, C, H, W] in [0, 1].</param>
    /// <param name="normals">w, [N, C, H, W].</param>
    /// <param name="offsets">c, [N].</param>
    public static Tensor Change(Norm norm, Tensor points, Tensor normals, Tensor offsets)
    {
        var change = empty_like(points);
        var count = (int)points.size(0);
        if (points.numel() == 0)
            return change;
        var pixels = (int)(points.numel() / count);
        var search = new HyperplaneSearch(norm, pixels);
        ReadOnlySpan<float> t = HostMemory.Floats(points), w = HostMemory.Floats(normals);
        ReadOnlySpan<float> c = HostMemory.Floats(offsets);
        var d = HostMemory.Floats(change);
        for (var image = 0; image < count; image++)
        {
            var (start, end) = (image * pixels, (image + 1) * pixels);
            search.Find(t[start..end], w[start..end], c[image], d[start..end]);
        }
        GC.KeepAlive(points);
        GC.KeepAlive(normals);
        GC.KeepAlive(offsets);
        return change;
    }

    void Find(ReadOnlySpan<float> t, ReadOnlySpan<float> w, double offset, Span<float> d)
    {
        var largest = 0f;
        foreach (var entry in w)
            largest = MathF.Max(largest, MathF.Abs(entry));
        var unit = largest == 0 ? 1 : (double)largest;
        var c = offset / unit;
        var upwards = c >= 0;
        for (var i = 0; i < w.Length; i++)
        {
            var size = Math.Abs(w[i] / unit);
            var room = (w[i] > 0) == upwards ? 1.0 - t[i] : t[i];
            var moves = size >= Still;
            var speed = isLinf ? 1 : size;
            bends[i] = moves ? room / speed : 0;
            full[i] = moves ? size * room : 0;
            slopes[i] = moves ? size * speed : 0;
        }
        var lambda = Lambda(Math.Abs(c));
        for (var i = 0; i < w.Length; i++)
        {
            // At its bound, or on its way: room = bend * speed, and speed is the slope's root under L2.
            var speed = isLinf ? 1 : Math.Abs(w[i] / unit);
            var room = (w[i] > 0) == upwards ? 1.0 - t[i] : t[i];
            var way = slopes[i] == 0 ? 0 : Math.Min(lambda * speed, room);
            d[i] = (float)((w[i] > 0) == upwards ? way : -way);
        }
    }

    double Lambda(double c)
    {
        var lambda = 0.0;
        while (true)
        {
            var (given, left) = At(lambda);
            // Every pixel at its bound is as near as it gets.
            if (left == 0)
                return 1e30;
            var next = (c - given) / left;
            if (!(next > lambda))
                return lambda;
            lambda = next;
        }
    }

    /// <summary>What the pixels at their bounds give, and how fast the others rise.</summary>
    (double Given, double Left) At(double lambda)
    {
        var (given, left) = (Vector<double>.Zero, Vector<double>.Zero);
        var here = new Vector<double>(lambda);
        var whole = bends.Length - bends.Length % Vector<double>.Count;
        for (var i = 0; i < whole; i += Vector<double>.Count)
        {
            var isBent = Vector.LessThanOrEqual(new Vector<double>(bends, i), here);
            given += Vector.ConditionalSelect(isBent, new Vector<double>(full, i), Vector<double>.Zero);
            left += Vector.ConditionalSelect(isBent, Vector<double>.Zero, new Vector<double>(slopes, i));
        }
        var (sum, rest) = (Vector.Sum(given), Vector.Sum(left));
        for (var i = whole; i < bends.Length; i++)
            (sum, rest) = bends[i] <= lambda ? (sum + full[i], rest) : (sum, rest + slopes[i]);
        return (sum, rest);
    }
}
