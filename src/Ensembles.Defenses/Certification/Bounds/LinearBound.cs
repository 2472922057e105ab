using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// A lower bound of S outputs of N images on its way back through a network: the constant that it has gathered.
/// </summary>
/// <remarks>
/// Sums of D products, in whatever order, are off by gamma_D of the sum of their magnitudes: one more part of what is
/// taken off for rounding.
/// </remarks>
sealed class LinearBound
{
    /// <summary>Begins with s.y and no constant.</summary>
    /// <param name="slope">s, [S, N, ...].</param>
    public LinearBound(Tensor slope) =>
        Constant = zeros([slope.size(0), slope.size(1)], dtype: ScalarType.Float64, device: slope.device);

    /// <summary>c, float64 [S, N].</summary>
    public Tensor Constant { get; private set; }

    /// <summary>Slopes of unstable ReLUs from below that are optimised, by node; null for the fixed ones.</summary>
    public IReadOnlyDictionary<int, Tensor>? LowerSlopes { get; init; }

    /// <summary>Adds s.t to the constant; its rounding is gamma_D |s|.|t| for D entries of an output.</summary>
    /// <param name="slope">s, [S, N, ...].</param>
    /// <param name="values">t, [N, ...], or [C, 1, 1] or [D] alike for all images.</param>
    public void Add(Tensor slope, Tensor values) => Constant = Constant + Dot(slope, values);

    /// <summary>Takes |s|.t off, and what its sum may be rounded by.</summary>
    /// <param name="slope">s, [S, N, ...].</param>
    /// <param name="values">t, [N, ...], 0 or more.</param>
    public void TakeOff(Tensor slope, Tensor values) => AddNegative(slope.abs(), -values);

    /// <summary>Adds s.t where no product is positive, and what its sum may be rounded by.</summary>
    /// <param name="slope">s, [S, N, ...].</param>
    /// <param name="values">t, [N, ...].</param>
    public void AddNegative(Tensor slope, Tensor values) =>
        Constant = Constant + (Dot(slope, values) * (1 + Rounding.OfSum(values[0].numel(), slope.dtype)));

    /// <summary>Adds the least of s.x over a box of center m and radius d: s.m - |s|.d.</summary>
    public void AddLeast(Tensor slope, Interval box)
    {
        var (center, rounding) = (box.Center, Rounding.OfSum(box.Lower[0].numel(), slope.dtype));
        Add(slope, center);
        TakeOff(slope, (box.Radius(center) * (1 + rounding)) + (center.abs() * rounding) + Rounding.Smallest);
    }

    /// <summary>s.t, [S, N].</summary>
    static Tensor Dot(Tensor slope, Tensor values)
    {
        if (values.dim() == slope.dim() - 1)
            return slope.flatten(2).transpose(0, 1).matmul(values.flatten(1).unsqueeze(2)).squeeze(2).t()
                .to_type(ScalarType.Float64);
        var sums = values.dim() == 3 ? slope.flatten(3).sum(3) : slope;
        var products = values.numel() == 1 ? sums * values.view(1) : sums * values.flatten();
        return products.flatten(2).sum(2).to_type(ScalarType.Float64);
    }
}
