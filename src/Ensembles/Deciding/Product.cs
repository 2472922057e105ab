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
    public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);
}
