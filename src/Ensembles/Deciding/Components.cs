using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Who decides together and how, with the weights and thresholds of this moment: an ensemble's components, or all of
/// them but one. Generated code makes it anew whenever it is asked, since moving or loading an ensemble replaces its
/// weights and thresholds; attack surfaces, variants and plans stand on it.
/// </summary>
/// <remarks>
/// An ensemble among the members is taken apart: its fronts, members and gates stand here too, by their paths
/// (<c>Inner.Edges</c>), and how they decide among themselves is in <see cref="Rule"/>.
/// </remarks>
public sealed partial class Components
{
    readonly IReadOnlyList<Component> own;
    readonly VotingRule voting;
    readonly Tensor weights;

    /// <summary>The places among the members of those that are not left out; null where none is.</summary>
    readonly int[]? kept;

    /// <summary>How many members there are with those that are left out.</summary>
    int declared;

    /// <summary>Lists the components.</summary>
    /// <param name="own">
    /// Fronts, members and gates, in order of declaration; ensembles among the members as one component each.
    /// </param>
    /// <param name="voting">The voting rule.</param>
    /// <param name="weights">The members' weights, float32 [M], positive, summing to 1.</param>
    /// <param name="quorum">How many members must agree, from 1 to M.</param>
    public Components(IReadOnlyList<Component> own, VotingRule voting, Tensor weights, int quorum)
        : this(own, voting, weights, quorum, kept: null)
    {
    }

    /// <summary>Lists the components of an ensemble whose voting rule is fitted.</summary>
    /// <param name="own">Fronts, members and gates, in order of declaration; no ensembles.</param>
    /// <param name="vote">The voting rule with its numbers.</param>
    /// <param name="quorum">How many members must agree, from 1 to M.</param>
    /// <exception cref="ArgumentException">An ensemble among the members.</exception>
    public Components(IReadOnlyList<Component> own, FittedVote vote, int quorum)
        : this(own, vote.Rule, vote.Numbers, quorum, kept: null)
    {
        Vote = vote;
        if (own.FirstOrDefault(component => component.Inside is not null) is { } inner)
            throw new ArgumentException(
                $"{inner.Name} is an ensemble, which may abstain, and the voting rule has numbers that are fitted to "
                    + "all members: give the ensemble a rule that is not fitted, or the members one at a time.",
                nameof(own));
    }

    Components(IReadOnlyList<Component> own, VotingRule voting, Tensor weights, int quorum, int[]? kept)
    {
        (this.own, this.voting, this.weights, Quorum, this.kept) = (own, voting, weights, quorum, kept);
        All = [.. own.SelectMany(Flat)];
        declared = own.Count(IsVoter);
    }

    /// <summary>The numbers of a voting rule that is fitted; null for any other rule.</summary>
    public FittedVote? Vote { get; private init; }

    /// <summary>
    /// Fronts, members and gates, in order of declaration; those of an ensemble among the members in its place.
    /// </summary>
    public IReadOnlyList<Component> All { get; }

    /// <summary>How many members must agree.</summary>
    public int Quorum { get; }

    /// <summary>What the members see the images through, one after the other.</summary>
    public IReadOnlyList<Named<InputTransform>> Fronts =>
        [.. OwnFronts.Select(front => new Named<InputTransform>(front.Name, (InputTransform)front.Module))];

    /// <summary>Every module in them, and the fitted numbers of the voting rule.</summary>
    internal IEnumerable<nn.Module> Modules =>
        All.SelectMany(component => component.Module.modules().Prepend(component.Module))
            .Concat(Vote is null ? [] : [Vote]);

    /// <summary>Whether attacks follow the gradient of the voting rule's scores too.</summary>
    internal bool HasOwnGradient => voting.HasOwnGradient && own.Count(IsVoter) > 1;

    /// <summary>Whether an image may be rejected: by a gate, the vote, or since an inner ensemble abstains.</summary>
    internal bool MayReject =>
        voting.MayReject || AllGates.Any() || own.Any(component => component.Inside is not null);

    /// <summary>
    /// The classifiers that vote, in order of declaration; those of an ensemble among the members in its place.
    /// </summary>
    public IReadOnlyList<Named<Classifier>> Members =>
        [.. All.Where(c => c.IsMember).Select(member => new Named<Classifier>(member.Name, (Classifier)member.Module))];

    /// <summary>
    /// The gates, in order of declaration: first those that reject, then those of ensembles among the members, where
    /// the ensemble abstains.
    /// </summary>
    public IReadOnlyList<Named<Detector>> Gates =>
        [.. AllGates.Select(gate => new Named<Detector>(gate.Name, (Detector)gate.Module))];

    /// <summary>
    /// How the ensemble decides on what they say. Where a member is left out or there are gates it holds new tensors,
    /// which are left to the dispose scope around.
    /// </summary>
    public DecisionRule Rule => new(voting, Weights, Quorum, Thresholds)
    {
        Inner = own.Any(component => component.Inside is not null)
            ? [.. own.Where(IsVoter).Select(member => member.Inside?.Rule)]
            : [],
    };

    /// <summary>How many of the <see cref="Gates"/>, the last ones, stand in ensembles among the members.</summary>
    public int InnerGates => All.Count(component => component.IsGate && component.IsInner);

    /// <summary>Sets the gates' thresholds in place.</summary>
    /// <param name="falsePositiveRates">
    /// The share of the images that each gate may reject, in order of declaration.
    /// </param>
    /// <param name="validationImages">Clean images [N, C, H, W] used neither in training nor in a test.</param>
    public void CalibrateGates(IEnumerable<double> falsePositiveRates, Tensor validationImages)
    {
        foreach (var (gate, rate) in AllGates.Zip(falsePositiveRates))
            GateThreshold.Calibrate(
                gate.Threshold!, gate.Module, validationImages, rate, Before(gate));
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

    /// <summary>What a component sees the images through, one after the other.</summary>
    /// <param name="component">A member or a gate.</param>
    internal IReadOnlyList<Named<InputTransform>> Before(Component component) =>
    [
        .. component.IsBehindFronts ? Fronts : [],
        .. component.Through.Select(front => new Named<InputTransform>(front.Name, (InputTransform)front.Module)),
    ];

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
    /// Logits [M, N, K] of the members and scores [G, N] of the gates. The fronts are asked first, then the others,
    /// each in order of declaration, since those that draw share a generator; an ensemble among the members asks its
    /// own in its place.
    /// </summary>
    /// <param name="images">The images [N, C, H, W].</param>
    /// <param name="ask">What a component says of what it sees.</param>
    internal (Tensor Logits, Tensor GateScores) Ask(Tensor images, Func<Component, Tensor, Tensor> ask)
    {
        var answers = new Dictionary<string, Tensor>();
        Ask(images, (name, component, seen) => answers[name] = ask(All.First(c => c.Name == name), seen), "");
        Tensor Of(Component component)
        {
            var answer = answers[component.Name];
            return answer.dtype == ScalarType.Float32 ? answer : answer.to_type(ScalarType.Float32);
        }

        var logits = stack([.. All.Where(component => component.IsMember).Select(Of)]);
        Tensor[] gateScores = [.. AllGates.Select(Of)];
        return (logits, gateScores.Length > 0
            ? stack(gateScores)
            : zeros([0, logits.size(1)], dtype: ScalarType.Float32, device: logits.device));
    }

    void Ask(Tensor images, Func<string, Component, Tensor, Tensor> ask, string path)
    {
        var behindFronts = images;
        foreach (var front in OwnFronts)
            behindFronts = ask(path + front.Name, front, behindFronts);
        foreach (var component in own.Where(component => !component.IsFront))
        {
            var seen = component.IsBehindFronts ? behindFronts : images;
            if (component.Inside is { } inside)
                inside.Ask(seen, ask, $"{path}{component.Name}.");
            else
                ask(path + component.Name, component, seen);
        }
    }

    /// <summary>Whether a component has a vote here: a classifier, or an ensemble.</summary>
    static bool IsVoter(Component component) => component.IsMember || component.Inside is not null;

    static IEnumerable<Component> Flat(Component component)
    {
        if (component.Inside is not { } inside)
            return [component];
        Component[] fronts = [.. inside.OwnFronts.Select(front => front.Within(component.Name, []))];
        return inside.All.Select(part => part.Within(component.Name, !part.IsInner && part.IsFront
            ? fronts.TakeWhile(front => front.Name != $"{component.Name}.{part.Name}")
            : part.IsBehindFronts ? fronts : []));
    }

    IEnumerable<Component> OwnFronts => own.Where(component => component.IsFront);

    IEnumerable<Component> OwnGates => own.Where(component => component.IsGate);

    /// <summary>The gates in their order: those that reject first.</summary>
    IEnumerable<Component> AllGates => OwnGates.Concat(
        own.Where(component => component.Inside is not null).SelectMany(ensemble =>
            ensemble.Inside!.AllGates.Select(gate => All.First(c => c.Name == $"{ensemble.Name}.{gate.Name}"))));

    Tensor Weights
    {
        get
        {
            if (kept is null)
                return weights;
            // What a fitted rule has beside the members' weights stays.
            long[] places = [.. kept.Select(place => (long)place)];
            var remaining = weights.index_select(0, tensor(places, device: weights.device));
            return cat([
                remaining / remaining.sum(), weights.narrow(0, declared, weights.size(0) - declared)]);
        }
    }

    Tensor Thresholds
    {
        get
        {
            Tensor[] each = [.. OwnGates.Select(gate => gate.Threshold!)];
            return each.Length == 0 ? zeros([0], dtype: ScalarType.Float32, device: weights.device) : cat(each);
        }
    }
}
