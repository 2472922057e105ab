using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// What is proven of the members' logits while each image stays in its ball, and the ensemble's settings of the vote:
/// of M members, N images and K classes, float64, with y the label that is to be proven of an image.
/// </summary>
/// <param name="Lower">Lower bounds of z_k, [M, N, K]; negative infinity where nothing is known.</param>
/// <param name="Upper">Upper bounds of z_k, [M, N, K]; positive infinity where nothing is known.</param>
/// <param name="Differences">
/// Lower bounds of z_y - z_k, [M, N, K], 0 at k = y; negative infinity where nothing is known. Often above what Lower
/// and Upper leave, since what two logits have in common cancels.
/// </param>
/// <param name="Labels">y, int64 [N].</param>
/// <param name="Weights">
/// The members' weights, float64 [M], positive, summing to 1; of an <see cref="IFittedRule"/> its other numbers follow.
/// </param>
/// <param name="Quorum">
/// How many members must agree: 1 or more, and above M only where members abstain (<see cref="Abstention"/>).
/// </param>
public readonly partial record struct BallotBounds(
    Tensor Lower, Tensor Upper, Tensor Differences, Tensor Labels, Tensor Weights, int Quorum)
{
    /// <summary>
    /// What a rule's float32 arithmetic may move a sum of logits or log-probabilities by, for each image: shares of 1
    /// and of the largest logit of all members together.
    /// </summary>
    const double OfOne = 2e-5, OfLargest = 4e-6;

    /// <summary>M.</summary>
    public long Members => Differences.size(0);

    Tensor Own => nn.functional.one_hot(Labels, Differences.size(2)).to_type(ScalarType.Bool);

    /// <summary>
    /// How far a class must lead to be ahead in float32 too, [N, 1]. Logits that are not bounded do not count: what
    /// their member adds to a lead is taken at its least, rounded or not.
    /// </summary>
    public Tensor Rounding
    {
        get
        {
            var magnitude = maximum(Lower.abs(), Upper.abs());
            var known = magnitude.masked_fill(magnitude.isfinite().logical_not(), 0);
            return OfOne + (OfLargest * known.amax([2], keepdim: true).sum([0]));
        }
    }

    /// <summary>Whether y leads each other class: by more than the rounding, bool [N].</summary>
    /// <param name="lead">Lower bounds of y's lead, [N, K]; a bound that is not a number proves nothing.</param>
    /// <param name="rounding">How far it must lead.</param>
    public Tensor LeadsAll(Tensor lead, Tensor rounding) => lead.gt(rounding).logical_or(Own).all(1);

    /// <summary>
    /// Lower bounds of p_y, [M, N, 1]: 1 / sum_k exp(-(z_y - z_k)) with each difference at its least.
    /// </summary>
    public Tensor OwnProbability() => (1 / (-Differences).exp().sum(2, keepdim: true)).nan_to_num(0);

    /// <summary>
    /// Upper bounds of p_k, [M, N, K]: 1 / (1 + exp(z_y - z_k) + sum of exp(z_j - z_k) over the rest), each at its
    /// least.
    /// </summary>
    public Tensor OtherProbabilities() => (1 / (1 + Differences.exp() + Rest())).nan_to_num(1);

    /// <summary>
    /// Lower bounds of p_y - p_k, [M, N, K]. With d = z_y - z_k it is (1 - exp(-d)) p_y, which rises with every
    /// difference, and where d may be negative (exp(d) - 1) / (1 + exp(d) + rest), which is least at the least d and
    /// the least rest.
    /// </summary>
    public Tensor ProbabilityDifferences()
    {
        var ahead = (1 - (-Differences).exp()) * OwnProbability();
        var behind = Differences.expm1() / (1 + Differences.exp() + Rest());
        return where(Differences.ge(0), ahead, behind).nan_to_num(-1);
    }

    /// <summary>
    /// sum_j exp(l_j - u_k) over the classes besides y and k, [M, N, K]: what a softmax has at least.
    /// </summary>
    Tensor Rest()
    {
        var others = Lower.masked_fill(Own.unsqueeze(0), double.NegativeInfinity);
        var classes = Differences.size(2);
        var without = others.unsqueeze(2).expand(-1, -1, classes, -1).masked_fill(
            eye(classes, dtype: ScalarType.Bool, device: others.device), double.NegativeInfinity);
        return (without - Upper.unsqueeze(3)).exp().sum(3).nan_to_num(0);
    }

    /// <summary>
    /// Votes that y has for sure, [N, 1], and votes that each other class may have, [N, K]: of members that do not
    /// surely rank y above it.
    /// </summary>
    public (Tensor Own, Tensor Others) Votes()
    {
        var above = Differences.gt(0);
        var sure = above.logical_or(Own.unsqueeze(0)).all(2, keepdim: true);
        return (
            sure.sum([0]).to_type(ScalarType.Int64),
            above.logical_not().sum([0]).to_type(ScalarType.Int64).masked_fill(Own, 0));
    }
}
