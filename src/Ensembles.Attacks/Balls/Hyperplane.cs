using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>The smallest change of an image that meets a linear equation and stays in [0, 1].</summary>
static class Hyperplane
{
    /// <summary>
    /// The change d [N, C, H, W], smallest in the norm, with w d = c and t + d in [0, 1]; where no change is large
    /// enough, the one that comes nearest.
    /// </summary>
    /// <remarks>
    /// For c >= 0 it has the form d_i = sign(w_i) min(lambda v_i, room_i), v_i being 1 under Linf and |w_i| under L2,
    /// and room_i the way of pixel i to its bound. w d rises with lambda along straight pieces, which bend at room_i /
    /// v_i: sorted, the piece that holds c is found, and in it lambda.
    /// </remarks>
    /// <param name="norm">The norm, Linf or L2.</param>
    /// <param name="points">t, [N, C, H, W] in [0, 1].</param>
    /// <param name="normals">w, [N, C, H, W].</param>
    /// <param name="offsets">c, [N].</param>
    public static Tensor Change(Norm norm, Tensor points, Tensor normals, Tensor offsets) =>
        norm is Norm.Linf or Norm.L2 && HostMemory.Holds(points, normals, offsets)
            ? HyperplaneSearch.Change(norm, points, normals, offsets)
            : ChangeBySorting(norm, points, normals, offsets);

    internal static Tensor ChangeBySorting(Norm norm, Tensor points, Tensor normals, Tensor offsets)
    {
        using var scope = NewDisposeScope();
        // In double, and over the largest entry: the sums below differ by little where entries differ much. Entries of
        // less than 1e-8 are 0.
        var (t, raw) = (points.to_type(ScalarType.Float64).flatten(1), normals.to_type(ScalarType.Float64).flatten(1));
        var largest = raw.abs().amax([1], keepdim: true);
        largest = largest.masked_fill(largest.eq(0), 1);
        var signed = offsets.to_type(ScalarType.Float64).unsqueeze(1) / largest;
        var w = raw / largest * where(signed.lt(0), -1.0, 1.0);
        var still = w.abs().lt(1e-8);
        w = w.masked_fill(still, 0);
        var (c, size) = (signed.abs(), w.abs());
        var speed = Speed(norm, size);
        var room = where(w.gt(0), 1 - t, t).masked_fill(still, 0);

        var (bends, order) = (room / speed.masked_fill(still, 1)).sort(1);
        var full = (size * room).gather(1, order).cumsum(1);
        var slope = (size * speed).gather(1, order);
        var all = slope.sum(1, keepdim: true);
        var rising = (all - slope.cumsum(1)).clamp(min: 0);
        var piece = (full + bends * rising).lt(c).sum(1, keepdim: true);

        // At the beginning of a piece: what the pixels at their bounds give, and how fast the others rise.
        var before = (piece - 1).clamp(min: 0);
        var given = full.gather(1, before).masked_fill(piece.eq(0), 0);
        var left = where(piece.eq(0), all, rising.gather(1, before));
        // Past the last piece every pixel goes to its bound.
        var lambda = ((c - given) / left.clamp(min: 1e-30)).clamp(min: 0).masked_fill(piece.eq(w.size(1)), 1e30);
        var change = (w.sign() * (lambda * speed).minimum(room)).to_type(ScalarType.Float32);
        return change.view(points.shape).MoveToOuterDisposeScope();
    }

    /// <summary>How fast each pixel grows with lambda, of the sizes [...] of the normal's entries.</summary>
    static Tensor Speed(Norm norm, Tensor sizes) => norm switch
    {
        Norm.Linf => ones_like(sizes),
        Norm.L2 => sizes.alias(),
        _ => throw new ArgumentOutOfRangeException(
            nameof(norm), norm, "The smallest change is known under Linf and L2."),
    };
}
