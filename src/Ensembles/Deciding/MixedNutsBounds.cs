using static TorchSharp.torch;

namespace Ensembles;

/// <summary>What bounds of the robust member's logits leave of its mapped probabilities, for <see cref="MixedNuts"/>.
/// </summary>
/// <remarks>
/// h_k = (z_k - mean z) / std z. With l and u the bounds of z, the numerator is at least (1 - 1/K) l_k less the mean
/// share of the other u, and at least what the differences z_k - z_j leave where k is the label. The variance is at
/// most that around any point with each logit at its end that is further off, and at least that of the gaps between
/// intervals, since K (K - 1) var z is the sum of (z_i - z_j)^2 over pairs. What rises with h keeps bounds.
/// </remarks>
static class MixedNutsBounds
{
    /// <summary>Far more than float64 rounds in h.</summary>
    const double Slack = 1e-9;

    /// <summary>Lower bounds of p_y - p_k of the robust member after g, [N, K].</summary>
    public static Tensor ProbabilityDifferences(BallotBounds bounds)
    {
        var (lower, upper) = (bounds.Lower[1], bounds.Upper[1]);
        var classes = lower.size(1);
        var others = (double)(classes - 1) / classes;
        var lowest = others * lower - (upper.sum(1, keepdim: true) - upper) / classes;
        var highest = others * upper - (lower.sum(1, keepdim: true) - lower) / classes;
        var own = bounds.Labels.unsqueeze(1);
        // z_y - mean z is the mean of the differences.
        var ofLabel = bounds.Differences[1].sum(1, keepdim: true) / classes;
        lowest = lowest.scatter(1, own, maximum(ofLabel, lowest.gather(1, own)));

        var (least, most) = Deviation(lower, upper);
        var h = (Lowest: where(lowest.ge(0), lowest / most, lowest / least) - Slack,
            Highest: where(highest.ge(0), highest / least, highest / most) + Slack);
        var (s, p, c) = (bounds.Weights[2], bounds.Weights[3], bounds.Weights[4]);
        var (low, high) = (MixedNuts.Bend(h.Lowest, s, p, c), MixedNuts.Bend(h.Highest, s, p, c));
        var differences = (low.gather(1, own) - high).scatter(1, own, zeros_like(low));
        var mapped = bounds with
        {
            Lower = low.unsqueeze(0),
            Upper = high.unsqueeze(0),
            Differences = differences.unsqueeze(0).nan_to_num(double.NegativeInfinity, double.NegativeInfinity),
        };
        return mapped.ProbabilityDifferences()[0];
    }

    /// <summary>Bounds [N, 1] of the deviation of logits with these bounds [N, K].</summary>
    static (Tensor Least, Tensor Most) Deviation(Tensor lower, Tensor upper)
    {
        var classes = lower.size(1);
        var center = ((lower + upper) / 2).mean([1], keepdim: true);
        var furthest = maximum((lower - center).abs(), (upper - center).abs());
        var most = furthest.square().sum(1, keepdim: true) / Math.Max(classes - 1, 1);
        var gaps = (lower.unsqueeze(2) - upper.unsqueeze(1)).clamp(min: 0);
        // Each pair appears once in its order and once in the other.
        var least = gaps.square().sum([1, 2]).unsqueeze(1) / (classes * Math.Max(classes - 1, 1));
        return ((least + 1e-8).sqrt() * (1 - Slack), (most + 1e-8).sqrt() * (1 + Slack));
    }
}
