using static TorchSharp.torch;

namespace Ensembles;

// What rules say of the bounds' members, for an ensemble that is a member of another.
public readonly partial record struct BallotBounds
{
    /// <summary>More than a sum of probabilities rounds in double precision.</summary>
    const double RoundingOfLead = 1e-12;

    /// <summary>
    /// Bounds of log p_k, [M, N, K]: -log(1 + sum of exp(z_j - z_k) over the rest), with each difference at its most
    /// and at its least.
    /// </summary>
    public (Tensor Lower, Tensor Upper) LogProbabilities()
    {
        var itself = eye(Differences.size(2), dtype: ScalarType.Bool, device: Differences.device);
        var most = (Upper.unsqueeze(2) - Lower.unsqueeze(3)).masked_fill(itself, 0);
        var least = (Lower.unsqueeze(2) - Upper.unsqueeze(3)).masked_fill(itself, 0);
        var (lower, upper) = (-most.logsumexp(3), -least.logsumexp(3));
        // Of the label the differences are known better.
        lower = where(Own.unsqueeze(0), maximum(lower, OwnProbability().log()), lower);
        upper = where(Own.unsqueeze(0), upper, minimum(upper, OtherProbabilities().log()));
        return (NumberOr(lower, double.NegativeInfinity), NumberOr(upper, 0));
    }

    /// <summary>
    /// What a mean of probabilities says, log(sum_i w_i p_i). The difference of two of its logits is at least the least
    /// of the members', at least what the bounds of both leave, and where y leads by d of the mean probability, at
    /// least log(1 + d / p_k).
    /// </summary>
    /// <param name="weights">w, float64 [M].</param>
    internal LogitBounds OfMeanProbability(Tensor weights)
    {
        var share = weights.view(-1, 1, 1);
        var (lower, upper) = LogProbabilities();
        (lower, upper) = ((lower + share.log()).logsumexp(0), (upper + share.log()).logsumexp(0));
        // What the sum itself rounds is no lead.
        var lead = ((ProbabilityDifferences() * share).sum([0]) - RoundingOfLead).clamp(min: 0);
        var ahead = (lead.log() - upper).logaddexp(zeros_like(upper));
        var least = maximum(Differences.amin([0]), OwnAbove(lower, upper));
        return LogitBounds.OfWinner(lower, upper, where(lead.gt(0), maximum(least, ahead), least));
    }

    /// <summary>What a count of votes says, the logarithms of its shares.</summary>
    /// <param name="quorum">How many votes a winner needs.</param>
    internal LogitBounds OfVotes(int quorum)
    {
        var (own, others) = Votes();
        var (sure, possible) = VotesOfAll();
        sure = where(Own, maximum(sure, own), sure);
        possible = where(Own, possible, minimum(possible, others));
        var members = Members;
        Tensor Said(Tensor votes) => Ballot.LogShares(votes.to_type(ScalarType.Float64) / members);
        var (lower, upper) = (Said(sure), Said(possible));
        return new(lower, upper, OwnAbove(lower, upper), Wins(sure, possible, quorum));
    }

    /// <summary>What is left of z_y - z_k by bounds of each, [N, K].</summary>
    internal Tensor OwnAbove(Tensor lower, Tensor upper) =>
        NumberOr(lower.gather(1, Labels.unsqueeze(1)) - upper, double.NegativeInfinity);

    /// <summary>Votes that each class has for sure, and that it may have, [N, K].</summary>
    (Tensor Sure, Tensor Possible) VotesOfAll()
    {
        // Whether k is surely above j, [M, N, K, K].
        var above = Lower.unsqueeze(3).gt(Upper.unsqueeze(2));
        var itself = eye(Differences.size(2), dtype: ScalarType.Bool, device: Differences.device);
        return (
            above.logical_or(itself).all(3).sum([0]),
            above.any(2).logical_not().sum([0]));
    }

    /// <summary>Whether a class surely has more votes than each other may have, and enough, bool [N].</summary>
    static Tensor Wins(Tensor sure, Tensor possible, int quorum)
    {
        var itself = eye(sure.size(1), dtype: ScalarType.Bool, device: sure.device);
        var above = sure.unsqueeze(2).gt(possible.unsqueeze(1)).logical_or(itself).all(2);
        return above.logical_and(sure.ge(quorum)).any(1);
    }

    static Tensor NumberOr(Tensor values, double otherwise) => values.masked_fill(values.isnan(), otherwise);
}
