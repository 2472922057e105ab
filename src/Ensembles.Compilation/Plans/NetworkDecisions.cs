using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Decisions by frozen networks, one after the other, and the vote behind them.</summary>
sealed class NetworkDecisions : IDecisions
{
    /// <summary>The voting members.</summary>
    public required MemberNetworks Members { get; init; }

    /// <summary>What the members see the images through, one after the other.</summary>
    public required IReadOnlyList<FrozenNetwork> Fronts { get; init; }

    public required IReadOnlyList<(FrozenNetwork Network, bool IsBehindFronts)> Gates { get; init; }

    /// <summary>How the ensemble decides, with its own weights and thresholds on the device.</summary>
    public required DecisionRule Rule { get; init; }

    /// <summary>Vote and gates in TorchScript; null where they run in C#.</summary>
    public required ScriptedVote? Script { get; init; }

    public required CompileOptions Options { get; init; }

    public required Device Device { get; init; }

    public required PlanChoices Choices { get; init; }

    /// <summary>K.</summary>
    public required long Classes { get; init; }

    /// <summary>
    /// Members in the order in which they are asked one after the other, and how many of them, from the first on, see
    /// every image.
    /// </summary>
    public required (int[] Order, int Always) Turns { get; init; }

    /// <inheritdoc/>
    public int MemberCount => Turns.Order.Length;

    /// <summary>The most images a front or a gate computes at once, since memory is not endless.</summary>
    const int LargestPart = 256;

    IEnumerable<FrozenNetwork> FrontsAndGates => Fronts.Concat(Gates.Select(gate => gate.Network));

    /// <inheritdoc/>
    public int GateCount => Gates.Count;

    /// <inheritdoc/>
    public bool NeedsWholeBatch => Members.Networks.Concat(FrontsAndGates).Any(network => network.NeedsWholeBatch);

    /// <summary>
    /// Decides on images where the plan is. On CUDA nothing here waits for the device, unless images or members are to
    /// be skipped.
    /// </summary>
    public Decision Decide(Tensor images)
    {
        var behindFronts = Fronts.Aggregate(images, (seen, front) => front.RunInParts(seen, LargestPart));
        var gateScores = Gates.Count == 0
            ? zeros(0, images.size(0), device: Device)
            : stack(Gates.Select(gate =>
                gate.Network.RunInParts(gate.IsBehindFronts ? behindFronts : images, LargestPart)));
        if (Options.SkipRejected || Options.SkipSettled)
            return DecideStepwise(behindFronts, gateScores);

        var logits = Members.Run(behindFronts, Choices);
        var (scores, labels) = Script is null ? Rule.Decide(logits, gateScores) : Script.Decide(logits, gateScores);
        return new Decision(scores, labels, logits, gateScores);
    }

    /// <summary>Sends to each member only the images whose label is still open.</summary>
    Decision DecideStepwise(Tensor images, Tensor gateScores)
    {
        var count = images.size(0);
        var labels = full(count, Constant.Of(IVotingRule.Open), dtype: ScalarType.Int64, device: Device);
        if (Options.SkipRejected)
            labels = Rule.ApplyGates(labels, gateScores);

        var logits = full(MemberCount, count, Classes, Constant.Of(double.NaN), device: Device);
        var inputs = Members.InputsOf(images, Choices);
        var rows = OpenRows(labels);
        for (var turn = 0; turn < MemberCount && rows.size(0) > 0; turn++)
        {
            var member = Turns.Order[turn];
            if (Options.SkipSettled && turn >= Turns.Always)
            {
                labels = WithSettled(labels, logits, rows, turn);
                rows = OpenRows(labels);
                if (rows.size(0) == 0)
                    break;
            }

            logits[member].index_copy_(
                0, rows, Members.RunOne(member, inputs, rows.size(0) == count ? null : rows, Choices));
        }

        var scores = full(count, Classes, Constant.Of(double.NaN), device: Device);
        if (rows.size(0) > 0)
        {
            var (voted, decided) = Rule.Decide(logits.index_select(1, rows), gateScores.index_select(1, rows));
            scores.index_copy_(0, rows, voted);
            labels = labels.index_copy(0, rows, decided);
        }

        // A label that the members settled may still be one that a gate rejects.
        return new Decision(scores, Rule.ApplyGates(labels, gateScores), logits, gateScores);
    }

    static Tensor OpenRows(Tensor labels) => labels.eq(Constant.Of(IVotingRule.Open)).nonzero().flatten();

    Tensor WithSettled(Tensor labels, Tensor logits, Tensor rows, int turn)
    {
        // Which members abstain is not known before all of an ensemble among them have been asked.
        if (turn == 0 || Rule.Inner.Count > 0)
            return labels;
        var asked = tensor(Turns.Order[..turn].Select(member => (long)member).ToArray(), device: Device);
        var soFar = new Ballot(
            logits.index_select(0, asked).index_select(1, rows), Rule.Weights.index_select(0, asked), Rule.Quorum);
        return Rule.Voting.Settled(soFar, MemberCount - turn) is { } settled
            ? labels.index_copy(0, rows, settled)
            : labels;
    }

    public void Dispose()
    {
        foreach (var network in Members.Networks.Concat(FrontsAndGates).Distinct())
            network.Dispose();
        Dispose(Rule);
    }

    static void Dispose(DecisionRule rule)
    {
        rule.Weights.Dispose();
        rule.Thresholds.Dispose();
        foreach (var inner in rule.Inner.OfType<DecisionRule>())
            Dispose(inner);
    }
}
