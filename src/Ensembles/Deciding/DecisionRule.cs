using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// How an ensemble decides once members and gates have been asked: the members vote, and each gate may reject. It is
/// what an ensemble's generated <c>forward</c> does in straight lines, for code that is the same for every ensemble.
/// </summary>
/// <param name="Voting">The voting rule.</param>
/// <param name="Weights">
/// The members' weights, float32 [M], positive, summing to 1; of an <see cref="IFittedRule"/> its other numbers follow.
/// </param>
/// <param name="Quorum">How many members must agree, from 1 to M.</param>
/// <param name="Thresholds">The gates' thresholds, float32 [G].</param>
public sealed record DecisionRule(VotingRule Voting, Tensor Weights, int Quorum, Tensor Thresholds)
{
    /// <summary>
    /// Scores [N, K] and labels [N], <see cref="Decision.Reject"/> where the voting rule has no winner or a gate says
    /// so.
    /// </summary>
    /// <param name="memberLogits">Logits of the M members, float32 [M, N, K].</param>
    /// <param name="gateScores">Scores of the G gates, float32 [G, N].</param>
    public (Tensor Scores, Tensor Labels) Decide(Tensor memberLogits, Tensor gateScores)
    {
        var ballot = Cast(memberLogits);
        var scores = Voting.Scores(ballot);
        return (scores, ApplyGates(Voting.Labels(ballot, scores), gateScores));
    }

    /// <summary>The differentiable scores [N, K] that an attacker follows.</summary>
    /// <param name="memberLogits">Logits of the M members, float32 [M, N, K].</param>
    public Tensor SurrogateScores(Tensor memberLogits) => Voting.SurrogateScores(Cast(memberLogits));

    /// <summary>The scores [N, K] with their own gradient; null where an attacker has no use for it.</summary>
    /// <param name="memberLogits">Logits of the M members, float32 [M, N, K].</param>
    public Tensor? OwnScores(Tensor memberLogits) =>
        Voting.HasOwnGradient ? Voting.Scores(Cast(memberLogits)) : null;

    /// <summary>The labels [N] with <see cref="Decision.Reject"/> where a gate's score [G, N] rejects.</summary>
    public Tensor ApplyGates(Tensor labels, Tensor gateScores) => gateScores.size(0) == 0
        ? labels
        : labels.masked_fill(GateThreshold.Rejects(gateScores, Thresholds.unsqueeze(1)).any(0), Decision.Reject);

    /// <summary>The ballot of all members.</summary>
    internal Ballot Cast(Tensor memberLogits) => new(memberLogits, Weights, Quorum);
}
