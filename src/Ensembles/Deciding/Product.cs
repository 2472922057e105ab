using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Product of experts: argmax_c sum_i log p_i(c).</summary>
[VoteScript("scores = torch.sum(torch.log_softmax(logits, -1), [0])", Ballot.ArgmaxScript)]
public sealed class Product : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) => ballot.LogProbabilities().sum([0]);

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

    /// <inheritdoc/>
    public static bool MayReject => false;

    /// <inheritdoc/>
    public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);

    /// <inheritdoc/>
    /// <remarks>
    /// log p_y - log p_k is z_y - z_k: the members' differences of logits have a positive sum.
    /// </remarks>
    public static Tensor? Proven(BallotBounds bounds) =>
        bounds.LeadsAll(bounds.Differences.sum([0]), bounds.Rounding);

    /// <inheritdoc/>
    public static LogitBounds? LogitsWithin(BallotBounds bounds)
    {
        var (lower, upper) = bounds.LogProbabilities();
        return LogitBounds.OfWinner(lower.sum([0]), upper.sum([0]), bounds.Differences.sum([0]));
    }
}
