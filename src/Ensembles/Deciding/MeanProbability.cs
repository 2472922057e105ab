using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Soft vote: the mean of the members' probabilities. Scores are log(mean_i p_i).</summary>
[VoteScript("scores = torch.logsumexp(torch.log_softmax(logits, -1), [0]) - torch.log(members)", Ballot.ArgmaxScript)]
public sealed class MeanProbability : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) =>
        // log mean_i exp(log p_i), without leaving log space
        ballot.LogProbabilities().logsumexp(0).sub(Constant.Of(Math.Log(ballot.MemberLogits.size(0))));

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

    /// <inheritdoc/>
    public static bool MayReject => false;

    /// <inheritdoc/>
    /// <remarks>
    /// The scores with a little of <see cref="Ballot.SmoothVotes"/>: once some member is surely for another class than
    /// the rest, all probabilities are 0 or 1 to float32 and the mean's own gradient is zero, which would end an attack
    /// half way.
    /// </remarks>
    public static Tensor SurrogateScores(Ballot ballot) =>
        Scores(ballot) + Ballot.SmoothShare * ballot.SmoothVotes(ballot.EqualWeights());

    /// <inheritdoc/>
    /// <remarks>A class leads by more than the members left can give: at most 1 each.</remarks>
    public static Tensor? Settled(Ballot soFar, int remaining) =>
        Ballot.Leader(
            soFar.Probabilities().sum([0]), full_like(soFar.Weights[0], Constant.Of(remaining + Ballot.Rounding)));

    /// <inheritdoc/>
    /// <remarks>The least that p_y - p_k can be has a positive mean over the members.</remarks>
    public static Tensor? Proven(BallotBounds bounds) =>
        bounds.LeadsAll(bounds.ProbabilityDifferences().mean([0]), bounds.Rounding);

    /// <inheritdoc/>
    public static LogitBounds? LogitsWithin(BallotBounds bounds) =>
        bounds.OfMeanProbability(full_like(bounds.Weights, 1.0 / bounds.Members));
}
