using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// A lower bound of S outputs of N images on its way back through a network: the constant that it has gathered.
/// </summary>
sealed class LinearBound
{
    /// <summary>Begins with s.y and no constant.</summary>
    /// <param name="slope">s, [S, N, ...].</param>
    public LinearBound(Tensor slope) =>
        Constant = zeros([slope.size(0), slope.size(1)], dtype: slope.dtype, device: slope.device);

    /// <summary>c, [S, N].</summary>
    public Tensor Constant { get; private set; }

    /// <summary>Slopes of unstable ReLUs from below that are optimised, by node; null for the fixed ones.</summary>
    public IReadOnlyDictionary<int, Tensor>? LowerSlopes { get; init; }

    /// <summary>Adds s.t to the constant.</summary>
    /// <param name="slope">s, [S, N, ...].</param>
    /// <param name="values">t, [N, ...] or anything that stretches to s.</param>
    public void Add(Tensor slope, Tensor values) => Constant = Constant + (slope * values).flatten(2).sum(2);

    /// <summary>Takes off what rounding may have moved, |s|.t times the rounding of so many terms.</summary>
    /// <param name="slope">s, [S, N, ...].</param>
    /// <param name="values">t, 0 or more.</param>
    /// <param name="terms">Terms of each sum.</param>
    public void Loose(Tensor slope, Tensor values, long terms) =>
        Constant = Constant - (slope.abs() * (values + Rounding.Smallest)).flatten(2).sum(2) * Rounding.Of(terms);

    /// <summary>Adds the least of s.x over a box: max(s, 0).lower + min(s, 0).upper.</summary>
    public void AddLeast(Tensor slope, Interval box)
    {
        Add(slope.clamp(min: 0), box.Lower);
        Add(slope.clamp(max: 0), box.Upper);
        Loose(slope, box.Magnitude, terms: 1);
    }
}
