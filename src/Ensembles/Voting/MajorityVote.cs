using static TorchSharp.torch;

namespace Ensembles;

/// <summary>One member, one vote; ties reject. Scores are the share of members that vote for each class.</summary>
public sealed class MajorityVote : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) => ballot.Counts() / ballot.MemberLogits.size(0);

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.UniqueArgmax(scores);

    /// <inheritdoc/>
    /// <remarks>A smooth count, <see cref="Ballot.SmoothVotes"/>.</remarks>
    public static Tensor SurrogateScores(Ballot ballot) => ballot.SmoothVotes(ballot.EqualWeights());
}
