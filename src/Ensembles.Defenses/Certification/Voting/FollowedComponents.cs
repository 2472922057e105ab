using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>An ensemble's components as bounds follow them: each behind the fronts that it sees images through.
/// </summary>
sealed class FollowedComponents
{
    readonly BoundMethod bounds;
    readonly Components components;
    readonly DecisionRule rule;

    /// <summary>Each member, or null where no bound passes it.</summary>
    readonly List<Module<Tensor, Tensor>?> members = [];
    readonly List<Module<Tensor, Tensor>> gates = [];
    readonly Dictionary<string, string> unbounded = [];

    FollowedComponents(BoundMethod bounds, Components components) =>
        (this.bounds, this.components, rule) = (bounds, components, components.Rule);

    /// <summary>Members that no bound passes, with the reason.</summary>
    public IReadOnlyDictionary<string, string> Unbounded => unbounded;

    /// <summary>The gates that no bound passes, and why; null where every gate is bounded.</summary>
    public string? WhyNotStrict { get; private set; }

    /// <summary>Finds out what can be followed, on one image.</summary>
    public static FollowedComponents Of(Components components, BoundMethod bounds, Tensor image)
    {
        var followed = new FollowedComponents(bounds, components);
        var reasons = new List<string>();
        Module<Tensor, Tensor>[] fronts = [.. components.Fronts.Select(front => front.Module)];
        foreach (var component in components.All.Where(component => !component.IsFront))
        {
            var module = component.IsBehindFronts && fronts.Length > 0
                ? new InARow(() => [.. fronts, component.Module])
                : component.Module;
            var reason = WhyNot(module, image);
            if (component.IsGate && reason is null)
                followed.gates.Add(module);
            else if (component.IsGate)
                reasons.Add($"{component.Name}: {reason}");
            else
                followed.members.Add(reason is null ? module : null);
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
    public Tensor Labels(Tensor images)
    {
        var (logits, scores) = components.Ask(images, (component, seen) => Draws.Answer(component.Module, seen));
        return rule.Decide(logits, scores).Labels.cpu();
    }

    /// <summary>Whether the vote is for the label in the whole ball around each image, bool [N] on the CPU.</summary>
    public Tensor NeverWrong(Tensor images, Tensor labels, Tensor radii)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = RadiusSearch.Box(images, radii);
        var own = labels.clamp(min: 0).to(images.device);
        var (low, high, differences) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        foreach (var member in members.OfType<Module<Tensor, Tensor>>())
        {
            var (l, u) = bounds.Outputs(member, lower, upper);
            low.Add(l);
            high.Add(u);
            differences.Add(bounds.Differences(member, lower, upper, own));
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
    public Tensor Accepted(Tensor images, Tensor radii)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = RadiusSearch.Box(images, radii);
        var accepted = ones_like(radii, ScalarType.Bool);
        foreach (var (gate, threshold) in gates.Zip(rule.Thresholds.unbind()))
        {
            var highest = bounds.Outputs(gate, lower, upper).Upper.view(-1);
            accepted = accepted.logical_and(highest.lt(threshold.to_type(ScalarType.Float64)).cpu());
        }

        return accepted.MoveToOuterDisposeScope();
    }

    /// <summary>Why no bound passes a module; null where one does.</summary>
    static string? WhyNot(Module<Tensor, Tensor> module, Tensor image)
    {
        using var scope = NewDisposeScope();
        try
        {
            Module<Tensor, Tensor>[] row = module is InARow several ? [.. several.Layers] : [module];
            if (row.FirstOrDefault(Draws.IsRandomized) is { } random)
                return $"{random.GetType().Name} draws random numbers.";
            BoundMethod.ThrowIfOther(module, image, row.Aggregate(image, (seen, layer) => layer.call(seen)));
            return null;
        }
        catch (NotSupportedException error)
        {
            return error.Message;
        }
    }

    /// <summary>Modules called one after the other, which are asked for and belong to the ensemble.</summary>
    sealed class InARow : Module<Tensor, Tensor>, ILayered
    {
        readonly Func<IReadOnlyList<Module<Tensor, Tensor>>> layers;

        public InARow(Func<IReadOnlyList<Module<Tensor, Tensor>>> layers) : base(nameof(InARow))
        {
            this.layers = layers;
            eval();
        }

        public IReadOnlyList<Module<Tensor, Tensor>> Layers => layers();

        public override Tensor forward(Tensor images) =>
            throw new NotSupportedException("A row is taken apart, not called.");
    }
}
