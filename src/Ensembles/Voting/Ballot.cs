using static TorchSharp.torch;

namespace Ensembles;

/// <summary>What the members say about a batch, and the ensemble's settings of the vote.</summary>
/// <param name="MemberLogits">Logits of M members, float32 [M, N, K].</param>
/// <param name="Weights">The members' weights, float32 [M], positive, summing to 1.</param>
/// <param name="Quorum">How many members must agree, from 1 to M.</param>
public readonly record struct Ballot(Tensor MemberLogits, Tensor Weights, int Quorum)
{
    /// <summary>The members' probabilities p_i = softmax(z_i), [M, N, K].</summary>
    public Tensor Probabilities() => MemberLogits.softmax(-1);

    /// <summary>The members' log-probabilities, [M, N, K].</summary>
    public Tensor LogProbabilities() => MemberLogits.log_softmax(-1);

    /// <summary>
    /// The number of members that vote for each class, float32 [N, K]; NaN where a logit of any member is not a number, since
    /// argmax would take it for the highest.
    /// </summary>
    public Tensor Counts() =>
        nn.functional.one_hot(MemberLogits.argmax(-1), MemberLogits.size(-1)).sum([0]).to_type(ScalarType.Float32)
            .masked_fill(MemberLogits.isnan().any(-1).any(0).unsqueeze(-1), float.NaN);

    /// <summary>The class of the highest score, [N]; <see cref="Decision.Reject"/> where a score is not a number, so that NaN never counts as right.</summary>
    public static Tensor Argmax(Tensor scores) => scores.argmax(-1).masked_fill(scores.isnan().any(-1), Decision.Reject);

    /// <summary>Like <see cref="Argmax"/>, and <see cref="Decision.Reject"/> where two classes share the highest score.</summary>
    public static Tensor UniqueArgmax(Tensor scores)
    {
        var ties = scores.eq(scores.amax([-1], keepdim: true)).sum(-1);
        return Argmax(scores).masked_fill(ties.gt(1), Decision.Reject);
    }
}
