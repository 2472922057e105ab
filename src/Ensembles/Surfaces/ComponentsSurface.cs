using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>The attack surface of components that decide together.</summary>
sealed class ComponentsSurface : AttackSurface
{
    readonly Func<Components> components;
    readonly HashSet<string> randomized;

    public ComponentsSurface(Func<Components> components)
    {
        this.components = components;
        var current = components();
        foreach (var component in current.All)
            SurrogateGradient.AttachAll(component.Module);
        randomized = [.. current.All.Where(c => Draws.IsRandomized(c.Module)).Select(c => c.Name)];
        Members = [.. current.Members.Select(member => member.Name)];
        Gates = [.. current.Gates.Select(gate => gate.Name)];
        InnerGates = current.InnerGates;
        EotSamples = Draws.EotSamples(Modules);
        HasOwnGradient = current.HasOwnGradient;
        MayReject = current.MayReject;
    }

    public override IReadOnlyList<string> Members { get; }

    public override IReadOnlyList<string> Gates { get; }

    public override int InnerGates { get; }

    public override int EotSamples { get; }

    public override bool HasOwnGradient { get; }

    public override bool MayReject { get; }

    public override IEnumerable<Module> Modules =>
        components().Modules;

    public override AttackSurface Alone(int member) => components().Only(member) is { Fronts.Count: 0 } alone
        ? FromClassifier(alone.Members[0].Module, Members[member])
        : new MemberSurface(new ComponentsSurface(() => components().Only(member)), member: 0);

    public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
    {
        var current = components();
        current.ThrowIfUncalibrated();

        using var scope = NewDisposeScope();
        var (logits, gateScores) =
            current.Ask(images, (component, seen) => Answer(component, seen, images, draws, call));
        var rule = current.Rule;
        // The labels are those that forward decides; only what the attack follows has surrogates in it.
        var (said, scored) = (logits.detach(), gateScores.detach());
        var (_, labels) = rule.Decide(said, scored);
        return new SurfaceOutput(
            logits, rule.SurrogateScores(logits, gateScores), labels, gateScores, rule.AllThresholds)
        {
            OwnScores = rule.OwnScores(logits, gateScores),
            GuardedVotes = InnerGates > 0 ? rule.GuardedVotes(said, scored) : null,
        }.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// What a component says in S draws, [S N, ...]; of a front that is not random [N, ...], which stand for all draws.
    /// </summary>
    Tensor Answer(Component component, Tensor seen, Tensor images, int draws, ComponentCall? call)
    {
        var isRandomized = randomized.Contains(component.Name);
        // Behind a random front the rows are draws already.
        if (seen.size(0) != images.size(0))
            return isRandomized
                ? Draws.OfDrawn(component.Module, seen, draws)
                : Draws.OfDeterministic(component.Module, seen, draws: 1, call);
        return isRandomized
            ? Draws.OfRandomized(component.Module, seen, draws)
            : Draws.OfDeterministic(component.Module, seen, component.IsFront ? 1 : draws, call);
    }
}
