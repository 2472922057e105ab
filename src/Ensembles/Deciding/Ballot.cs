using static TorchSharp.torch;

namespace Ensembles;

/// <summary>What the members say about a batch, and the ensemble's settings of the vote.</summary>
/// <param name="MemberLogits">Logits of M members, float32 [M, N, K].</param>
/// <param name="Weights">
/// The members' weights, float32 [M], positive, summing to 1; of an <see cref="IFittedRule"/> its other numbers follow.
/// </param>
/// <param name="Quorum">
/// How many members must agree: 1 or more, and above M only where members abstain (<see cref="Abstention"/>).
/// </param>
public readonly record struct Ballot(Tensor MemberLogits, Tensor Weights, int Quorum)
{
    /// <summary>
    /// The share of <see cref="SmoothVotes"/> in the surrogate scores of rules that average probabilities.
    /// </summary>
    internal const double SmoothShare = 0.1;

    /// <summary>
    /// How much further than the remaining members reach a mean of probabilities must lead to be settled: far more than
    /// float32 rounds, far less than a vote.
    /// </summary>
    internal const float Rounding = 1e-3f;

    /// <summary>What a class without a vote is taken to have of the votes.</summary>
    const double LeastShare = 1e-6;

    /// <summary>The members' probabilities p_i = softmax(z_i), [M, N, K].</summary>
    public Tensor Probabilities() => MemberLogits.softmax(-1);

    /// <summary>The members' log-probabilities, [M, N, K].</summary>
    public Tensor LogProbabilities() => MemberLogits.log_softmax(-1);

    /// <summary>
    /// The number of members that vote for each class, float32 [N, K]; NaN where a logit of any member is not a number,
    /// since argmax would take it for the highest.
    /// </summary>
    public Tensor Counts() =>
        nn.functional.one_hot(MemberLogits.argmax(-1), MemberLogits.size(-1)).sum([0]).to_type(ScalarType.Float32)
            .masked_fill(MemberLogits.isnan().any(-1).any(0).unsqueeze(-1), Constant.Of(float.NaN));

    /// <summary><see cref="Counts"/> in TorchScript; see <see cref="VoteScriptAttribute"/>.</summary>
    internal const string CountsScript = $"""
        classes = torch.arange(torch.size(logits, -1), device=logits.device)
        votes = torch.eq(torch.argmax(logits, -1, keepdim=True), classes)
        invalid = torch.any(torch.any(torch.ne(logits, logits), -1), 0)
        counts = torch.sum(votes, [0], dtype={VoteScriptAttribute.Float32})
        counts = torch.masked_fill(counts, torch.unsqueeze(invalid, -1), float("nan"))
        """;

    /// <summary>
    /// The logarithms of shares of the votes [N, K], as logits: their softmax gives the shares back, to one in a
    /// million, which a class without a vote is taken to have.
    /// </summary>
    /// <remarks>
    /// Without that little, one ensemble that gives a class no vote would forbid it to a product or a mean of logits,
    /// and two that are each for a class of their own would leave them none.
    /// </remarks>
    public static Tensor LogShares(Tensor shares) => shares.add(Constant.Of(LeastShare)).log();

    /// <summary>
    /// A smooth count of votes for an attacker, float32 [N, K]: sum_i w_i m_i / (1 + |m_i|), where m_i(c) = z_i(c) -
    /// max_{k != c} z_i(k) is member i's margin for class c. Near -1 and 1 where a member is sure, as a count is.
    /// </summary>
    /// <remarks>
    /// Its slope falls with the square of the margin and so never vanishes, where a softmax's or a sigmoid's is 0 in
    /// float32 from a margin of about 17 on.
    /// </remarks>
    /// <param name="weights">Weights of the members, float32 [M].</param>
    public Tensor SmoothVotes(Tensor weights)
    {
        var (highest, classes) = MemberLogits.topk(2);
        var own = nn.functional.one_hot(classes.select(-1, 0), MemberLogits.size(-1)).to_type(ScalarType.Bool);
        var margins = MemberLogits - where(own, highest.narrow(-1, 1, 1), highest.narrow(-1, 0, 1));
        // A class at negative infinity has lost for good, and inf / inf is no number.
        margins = margins.clamp(Constant.Of(-1e15), Constant.Of(1e15));
        return (margins / margins.abs().add(Constant.Of(1)) * weights.view(-1, 1, 1)).sum([0]);
    }

    /// <summary>Equal weights that sum to 1, float32 [M].</summary>
    public Tensor EqualWeights() =>
        full(
            MemberLogits.size(0), Constant.Of(1.0 / MemberLogits.size(0)), dtype: ScalarType.Float32,
            device: MemberLogits.device);

    /// <summary>
    /// The class of the highest score, [N]; <see cref="Decision.Reject"/> where a score is not a number, so that NaN
    /// never counts as right.
    /// </summary>
    public static Tensor Argmax(Tensor scores) =>
        scores.argmax(-1).masked_fill(scores.isnan().any(-1), Constant.Of(Decision.Reject));

    /// <summary><see cref="Argmax"/> in TorchScript; see <see cref="VoteScriptAttribute"/>.</summary>
    internal const string ArgmaxScript =
        "labels = torch.masked_fill(torch.argmax(scores, -1), torch.any(torch.ne(scores, scores), -1), -1)";

    /// <summary>
    /// Like <see cref="Argmax"/>, and <see cref="Decision.Reject"/> where two classes share the highest score.
    /// </summary>
    public static Tensor UniqueArgmax(Tensor scores)
    {
        var ties = scores.eq(scores.amax([-1], keepdim: true)).sum(-1);
        return Argmax(scores).masked_fill(ties.gt(Constant.Of(1)), Constant.Of(Decision.Reject));
    }

    /// <summary><see cref="UniqueArgmax"/> in TorchScript; see <see cref="VoteScriptAttribute"/>.</summary>
    internal const string UniqueArgmaxScript = $"""
        {ArgmaxScript}
        ties = torch.sum(torch.eq(scores, torch.amax(scores, [-1], keepdim=True)), [-1])
        labels = torch.masked_fill(labels, torch.gt(ties, 1), -1)
        """;

    /// <summary>
    /// The class that leads by more than <paramref name="reach"/>, int64 [N]; <see cref="IVotingRule.Open"/> where none
    /// does, or a value is not a number.
    /// </summary>
    internal static Tensor Leader(Tensor values, Tensor reach)
    {
        var (highest, classes) = values.topk(2);
        var leads = (highest.select(-1, 0) - highest.select(-1, 1)).gt(reach);
        return where(leads, classes.select(-1, 0), IVotingRule.Open);
    }
}
