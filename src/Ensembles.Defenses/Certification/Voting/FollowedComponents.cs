using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>An ensemble's components as bounds follow them: each behind the fronts that it sees images through.
/// </summary>
sealed class FollowedComponents
{
    readonly Components components;
    readonly DecisionRule rule;

    /// <summary>Each classifier and each gate taken apart, or null where no bound passes it.</summary>
    readonly List<BoundedNetwork?> members, gates;
    readonly Dictionary<string, string> unbounded = [];

    FollowedComponents(Components components, Tensor image)
    {
        (this.components, rule) = (components, components.Rule);
        List<string> rejecting = [];
        members = [.. components.Members.Select(member => Followed(member.Name, image, unbounded.Add))];
        var own = components.Gates.Count - components.InnerGates;
        gates = [.. components.Gates.Select((gate, place) => place < own
            ? Followed(gate.Name, image, (name, reason) => rejecting.Add($"{name}: {reason}"))
            : Followed(gate.Name, image, unbounded.Add))];
        AddRules(rule, 0, "");
        WhyNotStrict = rejecting.Count > 0 ? string.Join(" ", rejecting) : null;
    }

    /// <summary>
    /// What no bound passes, with the reason: members, which are taken to say anything, and gates and voting rules of
    /// ensembles among the members, which are then taken to abstain or not.
    /// </summary>
    public IReadOnlyDictionary<string, string> Unbounded => unbounded;

    /// <summary>The own gates that no bound passes, and why; null where each is bounded.</summary>
    public string? WhyNotStrict { get; }

    /// <summary>Whether all members are ensembles, so that all may abstain.</summary>
    public bool MayAllAbstain => rule.Inner.Count > 0 && rule.Inner.All(inner => inner is not null);

    /// <summary>Finds out what can be followed, on one image.</summary>
    public static FollowedComponents Of(Components components, Tensor image)
    {
        var followed = new FollowedComponents(components, image);
        if (followed.members.All(member => member is null))
            throw new NotSupportedException(
                $"No bound passes any member, so nothing is proven of the vote. {string.Join(
                    " ", followed.unbounded.Select(member => $"{member.Key}: {member.Value}"))}");
        return followed;
    }

    /// <summary>What the ensemble decides, int64 [N] on the CPU.</summary>
    /// <param name="images">Images [N, C, H, W].</param>
    /// <param name="batchSize">How many are shown at once.</param>
    public Tensor Labels(Tensor images, int batchSize)
    {
        var labels = new List<Tensor>();
        foreach (var batch in images.split(batchSize))
        {
            using var scope = NewDisposeScope();
            var (logits, scores) = components.Ask(batch, (component, seen) => Draws.Answer(component.Module, seen));
            labels.Add(rule.Decide(logits, scores).Labels.cpu().MoveToOuterDisposeScope());
        }

        return cat(labels);
    }

    /// <summary>Whether the vote is for the label in the whole ball around each image, bool [N] on the CPU.</summary>
    /// <param name="method">How components are bounded.</param>
    /// <param name="images">Images [N, C, H, W].</param>
    /// <param name="labels">The label of each, int64 [N].</param>
    /// <param name="radii">The radius around each, float64 [N].</param>
    /// <param name="isStrict">
    /// Whether every image of the ball is to be accepted too. Else a gate may reject it, or all members abstain.
    /// </param>
    public Tensor Holds(BoundMethod method, Tensor images, Tensor labels, Tensor radii, bool isStrict)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = RadiusSearch.Box(images, radii);
        var own = labels.clamp(min: 0).to(images.device);
        var (low, high, differences) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        foreach (var member in members.OfType<BoundedNetwork>())
        {
            var bounds = method.Bounds(member, lower, upper);
            var (l, u) = method.OutputsOf(bounds);
            low.Add(l);
            high.Add(u);
            differences.Add(method.DifferencesOf(bounds, own));
        }

        var nothing = full_like(low[0], double.PositiveInfinity);
        var (least, most) = isStrict || rule.Inner.Count > 0 ? OfGates(method, lower, upper, nothing) : default;
        var proof = new VoteProof(
            InPlace(low, -nothing), InPlace(high, nothing),
            InPlace(differences, (-nothing).scatter(1, own.unsqueeze(1), zeros_like(nothing))),
            least!, most!, own);
        var holds = proof.NeverWrong(rule);
        if (isStrict)
            holds = holds.logical_and(proof.Accepted(rule));
        return holds.cpu().MoveToOuterDisposeScope();

        // Members that are not bounded keep their places: their weights count.
        Tensor InPlace(List<Tensor> known, Tensor otherwise)
        {
            var next = 0;
            return stack([.. members.Select(member => member is null ? otherwise : known[next++])]);
        }
    }

    /// <summary>Bounds of the gates' scores, float64 [G, N].</summary>
    (Tensor Lower, Tensor Upper) OfGates(BoundMethod method, Tensor lower, Tensor upper, Tensor nothing)
    {
        if (gates.Count == 0)
            return (nothing.narrow(1, 0, 0).t(), nothing.narrow(1, 0, 0).t());
        var bounds = gates
            .Select(gate => gate is null
                ? new Interval(-nothing.select(1, 0), nothing.select(1, 0))
                : method.OutputsOf(method.Bounds(gate, lower, upper)))
            .ToList();
        return (
            stack([.. bounds.Select(gate => gate.Lower.view(-1))]),
            stack([.. bounds.Select(gate => gate.Upper.view(-1))]));
    }

    /// <summary>Notes the voting rules of ensembles among the members that nobody has derived bounds of.</summary>
    /// <param name="around">The rule around them.</param>
    /// <param name="classifier">The place of its first classifier.</param>
    /// <param name="path">The path to it.</param>
    void AddRules(DecisionRule around, int classifier, string path)
    {
        var ensembles = around.Inner.Count(inner => inner is not null);
        if (ensembles > VoteProof.MostInner)
            throw new NotSupportedException(
                $"{ensembles} ensembles among the members may abstain in more ways than can be tried, which are those "
                + $"of {VoteProof.MostInner} at one level. Certify the whole by {nameof(RandomizedSmoothing)}.");
        foreach (var inner in around.Inner)
        {
            if (inner is not null)
            {
                var name = components.Members[classifier].Name[path.Length..].Split('.')[0];
                if (!HasBounds(inner.Voting))
                    unbounded.Add(
                        path + name,
                        $"nobody has derived what bounds of members leave of what its voting rule says: let it "
                        + $"implement {nameof(IVotingRule)}.{nameof(IVotingRule.LogitsWithin)}.");
                AddRules(inner, classifier, $"{path}{name}.");
            }

            classifier += inner?.Classifiers ?? 1;
        }
    }

    static bool HasBounds(VotingRule voting)
    {
        using var scope = NewDisposeScope();
        var nothing = zeros([1, 1, 2], dtype: ScalarType.Float64);
        return voting.LogitsWithin(new(
            nothing, nothing, nothing, zeros(1, dtype: ScalarType.Int64), ones(1, dtype: ScalarType.Float64), 1))
            is not null;
    }

    /// <summary>
    /// A component behind all that it sees images through, taken apart; null where no bound passes it, with the reason.
    /// </summary>
    BoundedNetwork? Followed(string name, Tensor image, Action<string, string> unbounded)
    {
        var component = components.All.First(component => component.Name == name);
        var (network, reason) = Followed(
            [.. components.Before(component).Select(front => front.Module), component.Module], image);
        if (reason is not null)
            unbounded(name, reason);
        return network;
    }

    /// <summary>Modules called one after the other, taken apart; or why no bound passes them.</summary>
    static (BoundedNetwork? Network, string? Reason) Followed(Module<Tensor, Tensor>[] row, Tensor image)
    {
        try
        {
            var network = BoundedNetwork.Of(row);
            BoundMethod.Prepare(network, image);
            BoundMethod.ThrowIfOther(
                row[^1].GetName(), network, image, row.Aggregate(image, (seen, layer) => layer.call(seen)));
            return (network, null);
        }
        catch (NotSupportedException error)
        {
            return (null, error.Message);
        }
    }
}
