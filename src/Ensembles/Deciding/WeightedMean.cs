using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// The weighted mean of the members' probabilities, log(sum_i w_i p_i). Weights are fixed before the test, for example
/// from validation robust accuracy.
/// </summary>
[
    VoteScript(
        "scores = torch.logsumexp(torch.log_softmax(logits, -1) + torch.view(torch.log(weights), [-1, 1, 1]), [0])",
        Ballot.ArgmaxScript),
]
public sealed class WeightedMean : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) =>
        // log sum_i exp(log p_i + log w_i)
        (ballot.LogProbabilities() + ballot.Weights.log().view(-1, 1, 1)).logsumexp(0);

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
        Scores(ballot) + Ballot.SmoothShare * ballot.SmoothVotes(ballot.Weights);

    /// <inheritdoc/>
    /// <remarks>
    /// A class leads by more than the members left can give: at most their weights, which are what is missing to 1.
    /// </remarks>
    public static Tensor? Settled(Ballot soFar, int remaining) =>
        Ballot.Leader(
            (soFar.Probabilities() * soFar.Weights.view(-1, 1, 1)).sum([0]), 1 + Ballot.Rounding - soFar.Weights.sum());

    /// <inheritdoc/>
    /// <remarks>The least that p_y - p_k can be has a positive weighted mean over the members.</remarks>
    public static Tensor? Proven(BallotBounds bounds) => bounds.LeadsAll(
        (bounds.ProbabilityDifferences() * bounds.Weights.view(-1, 1, 1)).sum([0]), bounds.Rounding);

    /// <inheritdoc/>
    public static LogitBounds? LogitsWithin(BallotBounds bounds) => bounds.OfMeanProbability(bounds.Weights);
}
