using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Lets every ensemble of a search decide on what the pool said once: the whole pool is asked about each image, and
/// however many ensembles there are, nothing is asked again.
/// </summary>
/// <param name="space">The ensembles.</param>
/// <param name="outputs">What the pool says of the clean images and of every adversarial image that was found.</param>
/// <param name="labels">The N right labels.</param>
sealed class PoolReplay(SearchSpace space, ComponentOutputs outputs, long[] labels)
{
    /// <summary>
    /// The figures of all of them. Nothing is attacked anew, so robust accuracies are upper bounds.
    /// </summary>
    public IEnumerable<SearchedFigures> Figures(CancellationToken cancellation)
    {
        var rejected = space.Gates.SelectMany(gates => gates).Distinct()
            .ToDictionary(gate => gate, RowsRejectedBy);
        bool[]?[] byGates =
        [
            .. space.Gates.Select(gates => gates.Length == 0 ? null : Any([.. gates.Select(gate => rejected[gate])])),
        ];
        foreach (var vote in space.Votes)
        {
            cancellation.ThrowIfCancellationRequested();
            var decided = Decided(vote);
            foreach (var (gates, rejects) in space.Gates.Zip(byGates))
            {
                long[] labels = rejects is null
                    ? decided
                    : [.. decided.Select((label, row) => rejects[row] ? Decision.Reject : label)];
                yield return Figures(vote with { Gates = gates }, labels);
            }
        }
    }

    SearchedFigures Figures(SearchedEnsemble ensemble, long[] decided)
    {
        var survival = SubsetSurvival.Of(outputs, decided, labels);
        Rate Mean(double[] shares) => Rate.Of(Math.Min(shares.Length, shares.Sum()), shares.Length);
        return new(
            ensemble, Mean(survival.Clean), Mean(survival.Accepted), Mean(survival.Lenient), Mean(survival.Strict),
            Attacked: false);
    }

    /// <summary>What the members decide by their rule on each row and draw, before any gate is heard.</summary>
    long[] Decided(SearchedEnsemble vote)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        long[] places = [.. vote.Members.Select(name => (long)outputs.Members.ToList().IndexOf(name))];
        var logits = outputs.Logits.index_select(0, tensor(places, device: outputs.Logits.device));
        var members = vote.Members.Count;
        var rule = new DecisionRule(
            space.RuleOf(vote).Rule,
            full(members, 1.0 / members, dtype: ScalarType.Float32, device: logits.device),
            vote.Quorum,
            Thresholds: zeros(0, device: logits.device));
        return HostMemory.ReadLongs(rule.Decide(logits, outputs.GateScores.narrow(0, 0, 0)).Labels);
    }

    bool[] RowsRejectedBy(SearchedGate gate)
    {
        using var scope = NewDisposeScope();
        var scores = outputs.GateScores[outputs.Gates.ToList().IndexOf(gate.Detector)];
        return GateThreshold.Rejects(scores, space.ThresholdOf(gate)).cpu().data<bool>().ToArray();
    }

    static bool[] Any(IReadOnlyList<bool[]> flags) =>
        [.. Enumerable.Range(0, flags[0].Length).Select(row => flags.Any(gate => gate[row]))];
}
