using static TorchSharp.torch;

namespace Ensembles;

/// <summary>One member, one vote; ties reject. Scores are the share of members that vote for each class.</summary>
[VoteScript(
    $"""
    {Ballot.CountsScript}
    scores = counts / members
    """,
    Ballot.UniqueArgmaxScript)]
public sealed class MajorityVote : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) => ballot.Counts().div(Constant.Of(ballot.MemberLogits.size(0)));

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.UniqueArgmax(scores);

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
    /// <remarks>A class leads by more votes than are left.</remarks>
    public static Tensor? Settled(Ballot soFar, int remaining) =>
        Ballot.Leader(soFar.Counts(), full_like(soFar.Weights[0], Constant.Of(remaining)));

    /// <inheritdoc/>
    /// <remarks>More members are sure of the label than may vote for any other class.</remarks>
    public static Tensor? Proven(BallotBounds bounds)
    {
        var (own, others) = bounds.Votes();
        return own.gt(others).all(1);
    }

    /// <inheritdoc/>
    public static LogitBounds? LogitsWithin(BallotBounds bounds) => bounds.OfVotes(quorum: 1);
}
