using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// What bounds of classifiers and gates prove of a vote, where ensembles may be among the members. Such a one is
/// bounded first: what it says, and whether it votes or abstains. Then the vote around it is proven for every way in
/// which those that may abstain do so.
/// </summary>
/// <param name="Lower">Lower bounds of the classifiers' logits, float64 [M, N, K].</param>
/// <param name="Upper">Upper bounds, of the same shape.</param>
/// <param name="Differences">Lower bounds of z_y - z_k, of the same shape.</param>
/// <param name="GateLower">Lower bounds of the gates' scores, float64 [G, N].</param>
/// <param name="GateUpper">Upper bounds, of the same shape.</param>
/// <param name="Labels">y, the label that is to be proven, int64 [N].</param>
sealed record VoteProof(
    Tensor Lower, Tensor Upper, Tensor Differences, Tensor GateLower, Tensor GateUpper, Tensor Labels)
{
    /// <summary>
    /// Ensembles among the members of one that may abstain in every combination: one more doubles the work.
    /// </summary>
    public const int MostInner = 10;

    /// <summary>
    /// Whether the vote is for the label wherever anyone votes, bool [N]: where all abstain the image is rejected.
    /// </summary>
    /// <exception cref="NotSupportedException">A voting rule without a law for bounds.</exception>
    public Tensor NeverWrong(DecisionRule rule)
    {
        var holds = ones_like(Labels, ScalarType.Bool);
        foreach (var (ballot, possible) in Ballots(rule, Voters(rule)))
        {
            var proven = rule.Voting.Proven(ballot) ?? throw new NotSupportedException(
                $"Nobody has derived what bounds of members prove of this voting rule: let it implement "
                + $"{nameof(IVotingRule)}.{nameof(IVotingRule.Proven)}, or certify the whole by "
                + $"{nameof(RandomizedSmoothing)}.");
            holds = holds.logical_and(proven.logical_or(possible.logical_not()));
        }

        return holds;
    }

    /// <summary>Whether surely somebody votes and every gate of the whole accepts, bool [N].</summary>
    public Tensor Accepted(DecisionRule rule) => SomebodyVotes(Voters(rule)).logical_and(Gates(rule).Accept);

    /// <summary>What is proven of each own member.</summary>
    List<Voter> Voters(DecisionRule rule)
    {
        var never = zeros_like(Labels, ScalarType.Bool);
        Voter Classifier(int place) => new(Lower[place], Upper[place], Differences[place], never, never);
        if (rule.Inner.Count == 0)
            return [.. Enumerable.Range(0, (int)Lower.size(0)).Select(Classifier)];

        List<Voter> voters = [];
        var (classifier, gate) = (0, (int)rule.Thresholds.size(0));
        foreach (var inner in rule.Inner)
        {
            voters.Add(inner is null ? Classifier(classifier) : Of(inner, classifier, gate).AsVoter(inner));
            (classifier, gate) = (classifier + (inner?.Classifiers ?? 1), gate + (inner?.Gates ?? 0));
        }

        return voters;
    }

    /// <summary>The same of the classifiers and gates of an ensemble among the members.</summary>
    VoteProof Of(DecisionRule inner, int classifier, int gate)
    {
        Tensor Mine(Tensor bounds) => bounds.narrow(0, classifier, inner.Classifiers);
        return this with
        {
            Lower = Mine(Lower),
            Upper = Mine(Upper),
            Differences = Mine(Differences),
            GateLower = GateLower.narrow(0, gate, inner.Gates),
            GateUpper = GateUpper.narrow(0, gate, inner.Gates),
        };
    }

    /// <summary>
    /// What an ensemble says as a member of another, over every way in which its own members may abstain. It abstains
    /// where one of its gates rejects, where its vote has no winner, and where all of its members abstain.
    /// </summary>
    Voter AsVoter(DecisionRule rule)
    {
        var voters = Voters(rule);
        var (accept, reject) = Gates(rule);
        var must = AllAbstain(voters).logical_or(reject);
        var nothing = full_like(Lower[0], double.PositiveInfinity);
        var (lower, upper, differences, decides) = (nothing, -nothing, nothing, ones_like(accept));
        foreach (var (ballot, possible) in Ballots(rule, voters))
        {
            // Of a rule that nobody has derived bounds of.
            if (rule.Voting.LogitsWithin(ballot) is not { } said)
                return new(-nothing, nothing, -nothing, ones_like(accept), must);
            Tensor Where(Tensor here, Tensor before) => where(possible.unsqueeze(1), here, before);
            // What it says is computed in float32.
            lower = Where(minimum(lower, said.Lower - ballot.Rounding), lower);
            upper = Where(maximum(upper, said.Upper + ballot.Rounding), upper);
            differences = Where(minimum(differences, said.Differences - ballot.Rounding), differences);
            decides = decides.logical_and(said.Decides.logical_or(possible.logical_not()));
        }

        var own = Labels.unsqueeze(1);
        var votes = accept.logical_and(decides).logical_and(SomebodyVotes(voters));
        return new(
            lower, upper, differences.scatter(1, own, zeros_like(differences)), votes.logical_not(), must);
    }

    /// <summary>
    /// The ballots that may be cast, one for each way in which members abstain, and the images on which each may be,
    /// bool [N].
    /// </summary>
    IEnumerable<(BallotBounds Ballot, Tensor Possible)> Ballots(DecisionRule rule, List<Voter> voters)
    {
        int[] unsure = [.. voters.Index()
            .Where(voter => voter.Item.MayAbstain.any().item<bool>())
            .Select(voter => voter.Index)];
        var weights = rule.Weights.to_type(ScalarType.Float64);
        for (var way = 0; way < 1 << unsure.Length; way++)
        {
            int[] absent = [.. unsure.Where((_, i) => (way & (1 << i)) != 0)];
            var present = voters.Where((_, place) => !absent.Contains(place)).ToList();
            if (present.Count == 0)
                continue;
            var possible = ones_like(Labels, ScalarType.Bool);
            foreach (var place in unsure)
                possible = possible.logical_and(absent.Contains(place)
                    ? voters[place].MayAbstain
                    : voters[place].MustAbstain.logical_not());
            if (!possible.any().item<bool>())
                continue;
            // As in Abstention: the weights of those that vote are scaled to sum to 1.
            var share = absent.Length == 0 ? weights : Scaled(weights, voters.Count, absent);
            yield return (
                new BallotBounds(
                    stack([.. present.Select(voter => voter.Lower)]),
                    stack([.. present.Select(voter => voter.Upper)]),
                    stack([.. present.Select(voter => voter.Differences)]),
                    Labels, share, rule.Quorum),
                possible);
        }
    }

    static Tensor Scaled(Tensor weights, int voters, int[] absent)
    {
        long[] places = [.. Enumerable.Range(0, voters).Except(absent).Select(place => (long)place)];
        var present = weights.index_select(0, tensor(places, device: weights.device));
        return present / present.sum();
    }

    /// <summary>Whether all own gates surely accept, and whether one surely rejects, bool [N].</summary>
    (Tensor Accept, Tensor Reject) Gates(DecisionRule rule)
    {
        var accept = ones_like(Labels, ScalarType.Bool);
        var reject = accept.logical_not();
        foreach (var (threshold, gate) in rule.Thresholds.to_type(ScalarType.Float64).unbind().Index()
            .Select(indexed => (indexed.Item, indexed.Index)))
        {
            accept = accept.logical_and(GateUpper[gate].lt(threshold));
            reject = reject.logical_or(GateLower[gate].gt(threshold));
        }

        return (accept, reject);
    }

    Tensor SomebodyVotes(List<Voter> voters) =>
        voters.Aggregate(zeros_like(Labels, ScalarType.Bool), (any, voter) =>
            any.logical_or(voter.MayAbstain.logical_not()));

    Tensor AllAbstain(List<Voter> voters) =>
        voters.Aggregate(ones_like(Labels, ScalarType.Bool), (all, voter) => all.logical_and(voter.MustAbstain));

    /// <summary>What is proven of a member: its logits [N, K], and whether it votes, bool [N].</summary>
    sealed record Voter(Tensor Lower, Tensor Upper, Tensor Differences, Tensor MayAbstain, Tensor MustAbstain);
}
