using static TorchSharp.torch;

namespace Ensembles;

/// <summary>How the members' logits become one decision. Implement it to add your own rule.</summary>
/// <remarks>
/// Every rule keeps the laws: permuting the members changes nothing, unless it gives them parts by <see
/// cref="VotersAttribute"/>; K identical members decide like one, one member decides alone, and where a logit of any
/// member is not a number the image is rejected. A rule with numbers to fit is an <see cref="IFittedRule"/>. Compiled
/// plans for CUDA vote in TorchScript by rules with a <see cref="VoteScriptAttribute"/>, as those shipped here, and
/// else in C#. The members are static so that generated code calls the rule directly. Callers open a dispose scope
/// around them: a rule leaves its intermediate tensors to it.
/// </remarks>
public interface IVotingRule
{
    /// <summary>Scores [N, K] of a ballot; the higher, the better the class is supported.</summary>
    static abstract Tensor Scores(Ballot ballot);

    /// <summary>
    /// Labels [N], int64, from the ballot and its <paramref name="scores"/> [N, K]; <see cref="Decision.Reject"/> where
    /// there is none.
    /// </summary>
    static abstract Tensor Labels(Ballot ballot, Tensor scores);

    /// <summary>
    /// Differentiable scores [N, K] for an attacker: those of <see cref="Scores"/> where they have a useful gradient,
    /// else a smooth stand-in that ranks the classes alike when the members are sure.
    /// </summary>
    static abstract Tensor SurrogateScores(Ballot ballot);

    /// <summary>
    /// Whether <see cref="Scores"/> have a gradient that leads elsewhere than that of <see cref="SurrogateScores"/>, so
    /// that attacks follow each of them, in restarts of its own. False by default.
    /// </summary>
    static virtual bool HasOwnGradient => false;

    /// <summary>
    /// Whether an image may be rejected whose members all say numbers: by a tie, or too few that agree. Where nothing
    /// can be rejected, attacks that aim at rejections are none of their own. True by default.
    /// </summary>
    static virtual bool MayReject => true;

    /// <summary>
    /// What an ensemble of this rule says as a member of another, logits [N, K], from its scores [N, K]. The default is
    /// the scores themselves, for rules whose scores are logits or logarithms of probabilities.
    /// </summary>
    static virtual Tensor Logits(Tensor scores) => scores;

    /// <summary>The same, differentiable, from the <see cref="SurrogateScores"/> [N, K].</summary>
    static virtual Tensor SurrogateLogits(Tensor surrogateScores) => surrogateScores;

    /// <summary>The label of an image that is still open, in <see cref="Settled"/>.</summary>
    const long Open = -2;

    /// <summary>
    /// What some of the members settle whatever the others say, as long as those say numbers: int64 [N],
    /// <see cref="Open"/> where the others matter. Null, the default, for a rule that needs every member.
    /// </summary>
    /// <param name="soFar">
    /// The ballot of some members, with their weights in the whole ensemble, which sum to less than 1.
    /// </param>
    /// <param name="remaining">How many members are left, 1 or more.</param>
    static virtual Tensor? Settled(Ballot soFar, int remaining) => null;

    /// <summary>
    /// Whether bounds of the members prove that the vote is for y whatever else they leave open, bool [N]. Null, the
    /// default, for a rule that nobody has derived bounds of: ensembles of it are certified by smoothing alone.
    /// </summary>
    /// <remarks>A bound that is not a number, or infinite on the wrong side, proves nothing.</remarks>
    /// <param name="bounds">What is proven of the members.</param>
    static virtual Tensor? Proven(BallotBounds bounds) => null;

    /// <summary>
    /// What the same bounds leave of the <see cref="Logits"/> that an ensemble of this rule says as a member of
    /// another. Null, the default, for a rule that nobody has derived it of: such an ensemble may say anything, or
    /// abstain.
    /// </summary>
    /// <remarks>The rounding of the rule's own arithmetic is added by who asks.</remarks>
    /// <param name="bounds">What is proven of the members.</param>
    static virtual LogitBounds? LogitsWithin(BallotBounds bounds) => null;
}
