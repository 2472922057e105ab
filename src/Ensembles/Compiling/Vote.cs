using static TorchSharp.torch;

namespace Ensembles;

/// <summary>A voting rule with the frozen settings of one ensemble.</summary>
/// <param name="Scores">The rule's scores [N, K] of a ballot.</param>
/// <param name="Labels">The rule's labels [N] of a ballot with its scores.</param>
/// <param name="Settled">What the members so far settle; see <see cref="IVotingRule.Settled"/>.</param>
/// <param name="Weights">The members' weights, float32 [M].</param>
/// <param name="Quorum">How many members must agree.</param>
sealed record Vote(
    Func<Ballot, Tensor> Scores,
    Func<Ballot, Tensor, Tensor> Labels,
    Func<Ballot, int, Tensor?> Settled,
    Tensor Weights,
    int Quorum) : IDisposable
{
    public static Vote By<TRule>(Tensor weights, int quorum) where TRule : IVotingRule =>
        new(TRule.Scores, TRule.Labels, TRule.Settled, weights, quorum);

    /// <summary>Scores [N, K] and labels [N], <see cref="Decision.Reject"/> where a gate or the rule says so.</summary>
    /// <param name="logits">Float32 [M, N, K].</param>
    /// <param name="gateScores">Float32 [G, N].</param>
    /// <param name="thresholds">The gates' thresholds, each float32 [1].</param>
    public (Tensor Scores, Tensor Labels) Decide(Tensor logits, Tensor gateScores, IReadOnlyList<Tensor> thresholds)
    {
        var ballot = new Ballot(logits, Weights, Quorum);
        var scores = Scores(ballot);
        var labels = Labels(ballot, scores);
        for (var g = 0; g < thresholds.Count; g++)
            labels = GateThreshold.Apply(labels, gateScores[g], thresholds[g]);
        return (scores, labels);
    }

    public void Dispose() => Weights.Dispose();
}
