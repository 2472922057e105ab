using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Who decides together and how, with the weights and thresholds of this moment: an ensemble's components, or all of
/// them but one. Generated code makes it anew whenever it is asked, since moving or loading an ensemble replaces its
/// weights and thresholds; attack surfaces, variants and plans stand on it.
/// </summary>
public sealed class Components
{
    readonly VotingRule voting;
    readonly Tensor weights;

    /// <summary>The place among the members of the one that is left out; null where none is.</summary>
    readonly int? leftOut;

    /// <summary>Lists the components.</summary>
    /// <param name="all">Fronts, members and gates, in order of declaration.</param>
    /// <param name="voting">The voting rule.</param>
    /// <param name="weights">The members' weights, float32 [M], positive, summing to 1.</param>
    /// <param name="quorum">How many members must agree, from 1 to M.</param>
    public Components(IReadOnlyList<Component> all, VotingRule voting, Tensor weights, int quorum)
        : this(all, voting, weights, quorum, leftOut: null)
    {
    }

    /// <summary>Lists the components of an ensemble whose voting rule is fitted.</summary>
    /// <param name="all">Fronts, members and gates, in order of declaration.</param>
    /// <param name="vote">The voting rule with its numbers.</param>
    /// <param name="quorum">How many members must agree, from 1 to M.</param>
    public Components(IReadOnlyList<Component> all, FittedVote vote, int quorum)
        : this(all, vote.Rule, vote.Numbers, quorum, leftOut: null) => Vote = vote;

    Components(IReadOnlyList<Component> all, VotingRule voting, Tensor weights, int quorum, int? leftOut) =>
        (All, this.voting, this.weights, Quorum, this.leftOut) = (all, voting, weights, quorum, leftOut);

    /// <summary>The numbers of a voting rule that is fitted; null for any other rule.</summary>
    public FittedVote? Vote { get; private init; }

    /// <summary>Fronts, members and gates, in order of declaration.</summary>
    public IReadOnlyList<Component> All { get; }

    /// <summary>How many members must agree.</summary>
    public int Quorum { get; }

    /// <summary>What the members see the images through, one after the other.</summary>
    public IReadOnlyList<Named<InputTransform>> Fronts =>
        [.. AllFronts.Select(front => new Named<InputTransform>(front.Name, (InputTransform)front.Module))];

    /// <summary>Every module in them, and the fitted numbers of the voting rule.</summary>
    internal IEnumerable<nn.Module> Modules =>
        All.SelectMany(component => component.Module.modules().Prepend(component.Module))
            .Concat(Vote is null ? [] : [Vote]);

    /// <summary>Whether attacks follow the gradient of the voting rule's scores too.</summary>
    internal bool HasOwnGradient => voting.HasOwnGradient && Members.Count > 1;

    /// <summary>The voting members, in order of declaration.</summary>
    public IReadOnlyList<Named<Classifier>> Members =>
        [.. All.Where(c => c.IsMember).Select(member => new Named<Classifier>(member.Name, (Classifier)member.Module))];

    /// <summary>The gates, in order of declaration.</summary>
    public IReadOnlyList<Named<Detector>> Gates =>
        [.. AllGates.Select(gate => new Named<Detector>(gate.Name, (Detector)gate.Module))];

    /// <summary>
    /// How the ensemble decides on what they say. Where a member is left out or there are gates it holds new tensors,
    /// which are left to the dispose scope around.
    /// </summary>
    public DecisionRule Rule => new(voting, Weights, Quorum, Thresholds);

    /// <summary>Sets the gates' thresholds in place.</summary>
    /// <param name="falsePositiveRates">
    /// The share of the images that each gate may reject, in order of declaration.
    /// </param>
    /// <param name="validationImages">Clean images [N, C, H, W] used neither in training nor in a test.</param>
    public void CalibrateGates(IEnumerable<double> falsePositiveRates, Tensor validationImages)
    {
        var fronts = Fronts;
        foreach (var (gate, rate) in AllGates.Zip(falsePositiveRates))
            GateThreshold.Calibrate(
                gate.Threshold!, gate.Module, validationImages, rate, gate.IsBehindFronts ? fronts : []);
    }

    /// <summary>Fits the voting rule on validation images, in place.</summary>
    /// <param name="validation">Clean images used neither in training nor in a test.</param>
    /// <param name="attacked">
    /// For each member these images perturbed against it alone, [N, C, H, W] each; null for none.
    /// </param>
    /// <exception cref="InvalidOperationException">A voting rule that has nothing to fit.</exception>
    public void FitVote(LabeledImages validation, IReadOnlyList<Tensor>? attacked = null) =>
        (Vote ?? throw new InvalidOperationException("The voting rule has nothing to fit."))
            .Fit(this, validation, attacked ?? []);

    /// <summary>Fronts and members.</summary>
    internal Components WithoutGates() =>
        new([.. All.Where(component => !component.IsGate)], voting, weights, Quorum, leftOut: null);

    /// <summary>The components without one. The quorum shrinks with the members.</summary>
    internal Components Without(string name)
    {
        var place = Members.ToList().FindIndex(member => member.Name == name);
        var remaining = All.Where(component => component.Name != name).ToList();
        var quorum = Math.Min(Quorum, remaining.Count(component => component.IsMember));
        return new(remaining, voting, weights, quorum, place < 0 ? null : place) { Vote = Vote };
    }

    /// <summary>
    /// Throws where a gate is not calibrated, which would reject every image, or the vote is not fitted.
    /// </summary>
    /// <exception cref="InvalidOperationException">A gate that is not calibrated, or a vote that is not fitted.
    /// </exception>
    internal void ThrowIfUncalibrated()
    {
        Vote?.ThrowIfUnfitted("the ensemble");
        foreach (var gate in AllGates)
            GateThreshold.ThrowIfUncalibrated(gate.Threshold!, gate.Name);
    }

    /// <summary>
    /// Logits [M, N, K] and gate scores [G, N] of images. The fronts are asked first, then the others, each in order of
    /// declaration, since those that draw share a generator.
    /// </summary>
    /// <param name="images">The images [N, C, H, W].</param>
    /// <param name="ask">What a component says of what it sees.</param>
    internal (Tensor Logits, Tensor GateScores) Ask(Tensor images, Func<Component, Tensor, Tensor> ask)
    {
        var behindFronts = images;
        foreach (var front in AllFronts)
            behindFronts = ask(front, behindFronts);

        List<Tensor> logits = [], gateScores = [];
        foreach (var component in All.Where(component => !component.IsFront))
        {
            var answer = ask(component, component.IsBehindFronts ? behindFronts : images);
            (component.IsGate ? gateScores : logits)
                .Add(answer.dtype == ScalarType.Float32 ? answer : answer.to_type(ScalarType.Float32));
        }

        var stacked = stack(logits);
        return (stacked, gateScores.Count > 0
            ? stack(gateScores)
            : zeros([0, stacked.size(1)], dtype: ScalarType.Float32, device: stacked.device));
    }

    /// <summary>One member behind the fronts, without gates.</summary>
    internal Components Only(int member)
    {
        var name = Members[member].Name;
        return new(
            [.. All.Where(component => component.IsFront || component.Name == name)],
            voting, ones(1, device: weights.device), quorum: 1);
    }

    IEnumerable<Component> AllFronts => All.Where(component => component.IsFront);

    IEnumerable<Component> AllGates => All.Where(component => component.IsGate);

    Tensor Weights
    {
        get
        {
            if (leftOut is not { } place)
                return weights;
            // What a fitted rule has beside the members' weights stays.
            var after = Members.Count - place;
            var remaining = cat([weights.narrow(0, 0, place), weights.narrow(0, place + 1, after)]);
            var (first, others) = (place + 1 + after, weights.size(0) - place - 1 - after);
            return cat([remaining / remaining.sum(), weights.narrow(0, first, others)]);
        }
    }

    Tensor Thresholds
    {
        get
        {
            Tensor[] each = [.. AllGates.Select(gate => gate.Threshold!)];
            return each.Length == 0 ? zeros([0], dtype: ScalarType.Float32, device: weights.device) : cat(each);
        }
    }
}
