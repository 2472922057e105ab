using static TorchSharp.torch;

namespace Ensembles;

/// <summary>The mean of the members' logits.</summary>
[VoteScript("scores = torch.mean(logits, [0])", Ballot.ArgmaxScript)]
public sealed class MeanLogit : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) => ballot.MemberLogits.mean([0]);

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

    /// <inheritdoc/>
    public static bool MayReject => false;

    /// <inheritdoc/>
    public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);

    /// <inheritdoc/>
    /// <remarks>The members' differences of logits have a positive mean.</remarks>
    public static Tensor? Proven(BallotBounds bounds) =>
        bounds.LeadsAll(bounds.Differences.mean([0]), bounds.Rounding);

    /// <inheritdoc/>
    public static LogitBounds? LogitsWithin(BallotBounds bounds) => LogitBounds.OfWinner(
        bounds.Lower.mean([0]), bounds.Upper.mean([0]), bounds.Differences.mean([0]));
}
