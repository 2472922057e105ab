using static TorchSharp.torch;

namespace Ensembles;

/// <summary>One member, one vote; an image is rejected unless a single class gathers the most votes and at least the quorum of them.</summary>
public sealed class Quorum : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) => ballot.Counts() / ballot.MemberLogits.size(0);

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) =>
        Ballot.UniqueArgmax(scores).masked_fill(ballot.Counts().amax([-1]).lt(ballot.Quorum), Decision.Reject);

    /// <inheritdoc/>
    /// <remarks>A smooth count, <see cref="Ballot.SmoothVotes"/>.</remarks>
    public static Tensor SurrogateScores(Ballot ballot) => ballot.SmoothVotes(ballot.EqualWeights());
}
