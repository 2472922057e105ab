using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>A box: every x with lower &lt;= x &lt;= upper, entry by entry; both [N, ...].</summary>
readonly record struct Interval(Tensor Lower, Tensor Upper)
{
    /// <summary>Whether somebody knows that no entry lies below 0.</summary>
    public bool IsPositive { get; init; }

    /// <summary>Its middle, rounded.</summary>
    public Tensor Center => (Lower + Upper) / 2;

    /// <summary>The largest |x|.</summary>
    public Tensor Magnitude => maximum(Lower.abs(), Upper.abs());

    /// <summary>How far it reaches from <paramref name="center"/>, rounded up.</summary>
    public Tensor Radius(Tensor center) =>
        maximum(Upper - center, center - Lower).clamp(min: 0) * (1 + Rounding.Of(terms: 1));

    /// <summary>Moves both ends to the dispose scope around the current one.</summary>
    public Interval MoveToOuterDisposeScope() =>
        this with { Lower = Lower.MoveToOuterDisposeScope(), Upper = Upper.MoveToOuterDisposeScope() };

    /// <summary>What lies in both, of two boxes that hold the same point.</summary>
    public Interval And(Interval other) => new(maximum(Lower, other.Lower), minimum(Upper, other.Upper));

    /// <summary>A box larger by <paramref name="by"/> on each side, and by the rounding of that.</summary>
    public Interval Widened(Tensor by)
    {
        var reach = by + (Magnitude * Rounding.Of(terms: 1));
        return new(Lower - reach, Upper + reach);
    }
}
