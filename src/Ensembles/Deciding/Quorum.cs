using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// One member, one vote; an image is rejected unless a single class gathers the most votes and at least the quorum of
/// them.
/// </summary>
[VoteScript(
    $"""
    {Ballot.CountsScript}
    scores = counts / members
    """,
    $"""
    {Ballot.UniqueArgmaxScript}
    labels = torch.masked_fill(labels, torch.lt(torch.amax(counts, [-1]), quorum), -1)
    """)]
public sealed class Quorum : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) => ballot.Counts().div(Constant.Of(ballot.MemberLogits.size(0)));

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) =>
        Ballot.UniqueArgmax(scores).masked_fill(
            ballot.Counts().amax([-1]).lt(Constant.Of(ballot.Quorum)), Constant.Of(Decision.Reject));

    /// <inheritdoc/>
    /// <remarks>A smooth count, <see cref="Ballot.SmoothVotes"/>.</remarks>
    public static Tensor SurrogateScores(Ballot ballot) => ballot.SmoothVotes(ballot.EqualWeights());

    /// <inheritdoc/>
    /// <remarks>See <see cref="Ballot.LogShares"/>.</remarks>
    public static Tensor Logits(Tensor scores) => Ballot.LogShares(scores);

    /// <inheritdoc/>
    /// <remarks>A smooth count lies between -1, no vote, and 1, all.</remarks>
    public static Tensor SurrogateLogits(Tensor surrogateScores) => Ballot.LogShares((1 + surrogateScores) / 2);

    /// <inheritdoc/>
    /// <remarks>
    /// A class with a quorum leads by more votes than are left; or no class can reach the quorum any more, and the
    /// image is rejected.
    /// </remarks>
    public static Tensor? Settled(Ballot soFar, int remaining)
    {
        var counts = soFar.Counts();
        var most = counts.amax([-1]);
        return Ballot.Leader(counts, full_like(soFar.Weights[0], Constant.Of(remaining)))
            .masked_fill(most.lt(Constant.Of(soFar.Quorum)), Constant.Of(IVotingRule.Open))
            .masked_fill(most.lt(Constant.Of(soFar.Quorum - remaining)), Constant.Of(Decision.Reject));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// More members are sure of the label than may vote for any other class, and as many as the quorum.
    /// </remarks>
    public static Tensor? Proven(BallotBounds bounds)
    {
        var (own, others) = bounds.Votes();
        return own.gt(others).all(1).logical_and(own.ge(bounds.Quorum).squeeze(1));
    }

    /// <inheritdoc/>
    public static LogitBounds? LogitsWithin(BallotBounds bounds) => bounds.OfVotes(bounds.Quorum);
}
