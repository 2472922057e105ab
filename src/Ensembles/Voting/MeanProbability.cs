using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Soft vote: the mean of the members' probabilities. Scores are log(mean_i p_i).</summary>
public sealed class MeanProbability : IVotingRule
{
    /// <inheritdoc/>
    public static Tensor Scores(Ballot ballot) =>
        // log mean_i exp(log p_i), without leaving log space
        ballot.LogProbabilities().logsumexp(0) - Math.Log(ballot.MemberLogits.size(0));

    /// <inheritdoc/>
    public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

    /// <inheritdoc/>
    public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);
}
