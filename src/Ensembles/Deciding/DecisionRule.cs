using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// How an ensemble decides once members and gates have been asked: the members vote, and each gate may reject. It is
/// what an ensemble's generated <c>forward</c> does in straight lines, for code that is the same for every ensemble.
/// </summary>
/// <remarks>
/// <para>An ensemble among the members decides by its own rule first. Where it rejects, be it by a gate or for want of
/// a winner, it abstains: see <see cref="Abstention"/>. Else it votes with <see cref="IVotingRule.Logits"/> of its
/// scores. Where its scores are not numbers it does not abstain, so that the whole rejects, as where a logit of any
/// other member is not a number.</para>
/// <para>Members are counted to the bottom: logits [M, N, K] are those of the classifiers, in order of declaration, and
/// gate scores [G, N] those of the whole's own gates and then of the gates of each ensemble among the members.</para>
/// </remarks>
/// <param name="Voting">The voting rule.</param>
/// <param name="Weights">
/// The weights of the own members, positive, summing to 1, float32; of an <see cref="IFittedRule"/> its other numbers
/// follow.
/// </param>
/// <param name="Quorum">How many members must agree, from 1 to their number.</param>
/// <param name="Thresholds">The own gates' thresholds, float32.</param>
public sealed record DecisionRule(VotingRule Voting, Tensor Weights, int Quorum, Tensor Thresholds)
{
    /// <summary>
    /// For each own member how it decides itself, null for a classifier; empty where all are classifiers.
    /// </summary>
    public IReadOnlyList<DecisionRule?> Inner { get; init; } = [];

    /// <summary>How many classifiers vote, those of ensembles among the members included.</summary>
    public int Classifiers => Inner.Count == 0 ? (int)Weights.size(0) : Inner.Sum(inner => inner?.Classifiers ?? 1);

    /// <summary>How many gates there are, those of ensembles among the members included.</summary>
    public int Gates => OwnGates + Inner.Sum(inner => inner?.Gates ?? 0);

    int OwnGates => (int)Thresholds.size(0);

    /// <summary>
    /// The thresholds of all gates, float32 [G]; new where there are ensembles among the members, and left to the
    /// dispose scope around.
    /// </summary>
    public Tensor AllThresholds => Inner.Count == 0
        ? Thresholds
        : cat([Thresholds, .. Inner.OfType<DecisionRule>().Select(inner => inner.AllThresholds)]);

    /// <summary>
    /// Scores [N, K] and labels [N], <see cref="Decision.Reject"/> where the voting rule has no winner or a gate says
    /// so.
    /// </summary>
    /// <param name="memberLogits">Logits of the M classifiers, float32 [M, N, K].</param>
    /// <param name="gateScores">Scores of the G gates, float32 [G, N].</param>
    public (Tensor Scores, Tensor Labels) Decide(Tensor memberLogits, Tensor gateScores)
    {
        var (scores, labels) = Vote(memberLogits, gateScores);
        return (scores, ApplyGates(labels, gateScores));
    }

    /// <summary>
    /// The differentiable scores [N, K] that an attacker follows: of the vote of those that do not abstain.
    /// </summary>
    /// <param name="memberLogits">Logits of the M classifiers, float32 [M, N, K].</param>
    /// <param name="gateScores">Scores of the G gates, float32 [G, N].</param>
    public Tensor SurrogateScores(Tensor memberLogits, Tensor gateScores) =>
        Followed(memberLogits, gateScores, Voting.SurrogateScores);

    /// <summary>The scores [N, K] with their own gradient; null where an attacker has no use for it.</summary>
    /// <param name="memberLogits">Logits of the M classifiers, float32 [M, N, K].</param>
    /// <param name="gateScores">Scores of the G gates, float32 [G, N].</param>
    public Tensor? OwnScores(Tensor memberLogits, Tensor gateScores) =>
        Voting.HasOwnGradient ? Followed(memberLogits, gateScores, Voting.Scores) : null;

    /// <summary>The labels [N] with <see cref="Decision.Reject"/> where an own gate's score [G, N] rejects.</summary>
    public Tensor ApplyGates(Tensor labels, Tensor gateScores) => OwnGates == 0
        ? labels
        : labels.masked_fill(
            GateThreshold.Rejects(gateScores.narrow(0, 0, OwnGates), Thresholds.unsqueeze(1)).any(0),
            Constant.Of(Decision.Reject));

    /// <summary>
    /// For each gate of the ensembles among the members the label of the vote that it guards, before any gate of that
    /// ensemble is heard, int64 [I, N].
    /// </summary>
    internal Tensor GuardedVotes(Tensor memberLogits, Tensor gateScores)
    {
        List<Tensor> votes = [];
        foreach (var (inner, logits, scores) in Parts(memberLogits, gateScores))
        {
            if (inner is null)
                continue;
            votes.AddRange(Enumerable.Repeat(inner.Vote(logits, scores).Labels, inner.OwnGates));
            votes.AddRange(inner.GuardedVotes(logits, scores).unbind());
        }

        return votes.Count == 0
            ? zeros([0, memberLogits.size(1)], dtype: ScalarType.Int64, device: memberLogits.device)
            : stack(votes);
    }

    /// <summary>The ballot of members that are all classifiers.</summary>
    internal Ballot Cast(Tensor memberLogits) => new(memberLogits, Weights, Quorum);

    /// <summary>Scores [N, K] of the own members' ballot, differentiable.</summary>
    Tensor Followed(Tensor memberLogits, Tensor gateScores, Func<Ballot, Tensor> scored)
    {
        if (Inner.Count == 0)
            return scored(Cast(memberLogits));
        // Who abstains is decided exactly; what the others say is followed.
        var (_, abstains) = Answers(memberLogits.detach(), gateScores.detach());
        List<Tensor> followed = [];
        foreach (var (inner, logits, scores) in Parts(memberLogits, gateScores))
            followed.Add(inner is null
                ? logits[0]
                : inner.Voting.SurrogateLogits(inner.SurrogateScores(logits, scores)));
        return Abstention.Voted(new(stack(followed), Weights, Quorum), abstains, ballot => [scored(ballot)])[0];
    }

    /// <summary>Scores and labels of the vote, before the own gates are heard.</summary>
    (Tensor Scores, Tensor Labels) Vote(Tensor memberLogits, Tensor gateScores)
    {
        if (Inner.Count > 0)
        {
            var (logits, abstains) = Answers(memberLogits, gateScores);
            return Abstention.Vote(Voting, new(logits, Weights, Quorum), abstains);
        }

        var ballot = Cast(memberLogits);
        var scores = Voting.Scores(ballot);
        return (scores, Voting.Labels(ballot, scores));
    }

    /// <summary>What each own member says, and where it abstains, bool.</summary>
    (Tensor Logits, Tensor Abstains) Answers(Tensor memberLogits, Tensor gateScores)
    {
        List<Tensor> said = [], abstains = [];
        foreach (var (inner, logits, gates) in Parts(memberLogits, gateScores))
        {
            if (inner is null)
            {
                said.Add(logits[0]);
                abstains.Add(zeros(logits.size(1), dtype: ScalarType.Bool, device: logits.device));
                continue;
            }

            var (scores, labels) = inner.Decide(logits, gates);
            said.Add(inner.Voting.Logits(scores));
            abstains.Add(Abstention.Where(scores, labels));
        }

        return (stack(said), stack(abstains));
    }

    /// <summary>For each own member its rule, the logits of its classifiers and the scores of its gates.</summary>
    IEnumerable<(DecisionRule? Inner, Tensor Logits, Tensor GateScores)> Parts(Tensor memberLogits, Tensor gateScores)
    {
        var (classifier, gate) = (0, OwnGates);
        foreach (var inner in Inner)
        {
            var (classifiers, gates) = (inner?.Classifiers ?? 1, inner?.Gates ?? 0);
            yield return (
                inner, memberLogits.narrow(0, classifier, classifiers), gateScores.narrow(0, gate, gates));
            (classifier, gate) = (classifier + classifiers, gate + gates);
        }
    }
}
