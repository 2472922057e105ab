using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>An ensemble's components as bounds follow them: each behind the fronts that it sees images through.
/// </summary>
sealed class FollowedComponents
{
    readonly Components components;
    readonly DecisionRule rule;

    /// <summary>Each member taken apart, or null where no bound passes it.</summary>
    readonly List<BoundedNetwork?> members = [];
    readonly List<BoundedNetwork> gates = [];
    readonly Dictionary<string, string> unbounded = [];

    FollowedComponents(Components components) => (this.components, rule) = (components, components.Rule);

    /// <summary>Members that no bound passes, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unbounded => unbounded;

    /// <summary>The gates that no bound passes, and why; null where every gate is bounded.</summary>
    public string? WhyNotStrict { get; private set; }

    /// <summary>Finds out what can be followed, on one image.</summary>
    public static FollowedComponents Of(Components components, Tensor image)
    {
        var followed = new FollowedComponents(components);
        var reasons = new List<string>();
        Module<Tensor, Tensor>[] fronts = [.. components.Fronts.Select(front => front.Module)];
        foreach (var component in components.All.Where(component => !component.IsFront))
        {
            var (network, reason) = Followed(
                component.IsBehindFronts ? [.. fronts, component.Module] : [component.Module], image);
            if (component.IsMember)
                followed.members.Add(network);
            else if (network is not null)
                followed.gates.Add(network);
            else
                reasons.Add($"{component.Name}: {reason}");
            if (component.IsMember && reason is not null)
                followed.unbounded[component.Name] = reason;
        }

        followed.WhyNotStrict = reasons.Count > 0 ? string.Join(" ", reasons) : null;
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
    public Tensor NeverWrong(BoundMethod method, Tensor images, Tensor labels, Tensor radii)
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
        var ballot = new BallotBounds(
            InPlace(low, -nothing), InPlace(high, nothing),
            InPlace(differences, (-nothing).scatter(1, own.unsqueeze(1), zeros_like(nothing))),
            own, rule.Weights.to_type(ScalarType.Float64), rule.Quorum);
        var proven = rule.Voting.Proven(ballot) ?? throw new NotSupportedException(
            $"Nobody has derived what bounds of members prove of this voting rule: let it implement "
            + $"{nameof(IVotingRule)}.{nameof(IVotingRule.Proven)}, or certify the whole by "
            + $"{nameof(RandomizedSmoothing)}.");
        return proven.cpu().MoveToOuterDisposeScope();

        // Members that are not bounded keep their places: their weights count.
        Tensor InPlace(List<Tensor> known, Tensor otherwise)
        {
            var next = 0;
            return stack([.. members.Select(member => member is null ? otherwise : known[next++])]);
        }
    }

    /// <summary>Whether every gate accepts the whole ball around each image, bool [N] on the CPU.</summary>
    public Tensor Accepted(BoundMethod method, Tensor images, Tensor radii)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = RadiusSearch.Box(images, radii);
        var accepted = ones_like(radii, ScalarType.Bool);
        foreach (var (gate, threshold) in gates.Zip(rule.Thresholds.unbind()))
        {
            var highest = method.OutputsOf(method.Bounds(gate, lower, upper)).Upper.view(-1);
            accepted = accepted.logical_and(highest.lt(threshold.to_type(ScalarType.Float64)).cpu());
        }

        return accepted.MoveToOuterDisposeScope();
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
