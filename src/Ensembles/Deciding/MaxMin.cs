using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Pessimistic vote: the class whose least convinced member is most convinced, argmax_c min_i p_i(c).
/// </summary>
[VoteScript("scores = torch.amin(torch.log_softmax(logits, -1), [0])", Ballot.ArgmaxScript)]
public sealed class MaxMin : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) => ballot.LogProbabilities().amin([0]);

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

    /// <inheritdoc/>
    public static bool MayReject => false;

    /// <inheritdoc/>
    public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);

    /// <inheritdoc/>
    /// <remarks>
    /// min_i p_i(y) is above min_i p_i(k) where the bounds of the probabilities are, and where every member has y above
    /// k.
    /// </remarks>
    public static Tensor? Proven(BallotBounds bounds)
    {
        var own = bounds.OwnProbability().log().amin([0]);
        var others = bounds.OtherProbabilities().log().amin([0]);
        return bounds.LeadsAll(maximum(own - others, bounds.Differences.amin([0])), bounds.Rounding);
    }

    /// <inheritdoc/>
    public static LogitBounds? LogitsWithin(BallotBounds bounds)
    {
        var (lower, upper) = bounds.LogProbabilities();
        (lower, upper) = (lower.amin([0]), upper.amin([0]));
        return LogitBounds.OfWinner(
            lower, upper, maximum(bounds.OwnAbove(lower, upper), bounds.Differences.amin([0])));
    }
}
