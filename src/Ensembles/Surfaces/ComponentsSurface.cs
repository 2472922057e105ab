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
        EotSamples = Draws.EotSamples(Modules);
    }

    public override IReadOnlyList<string> Members { get; }

    public override IReadOnlyList<string> Gates { get; }

    public override int EotSamples { get; }

    public override IEnumerable<Module> Modules =>
        components().All.SelectMany(c => c.Module.modules().Prepend(c.Module));

    public override AttackSurface Alone(int member) =>
        FromClassifier(components().Members[member].Module, Members[member]);

    public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
    {
        var current = components();
        current.ThrowIfUncalibrated();

        using var scope = NewDisposeScope();
        var (logits, gateScores) = current.Ask(component => randomized.Contains(component.Name)
            ? Draws.OfRandomized(component.Module, images, draws)
            : Draws.OfDeterministic(component.Module, images, draws, call));
        var rule = current.Rule;
        // The labels are those that forward decides; only what the attack follows has surrogates in it.
        var (_, labels) = rule.Decide(logits.detach(), gateScores.detach());
        return new SurfaceOutput(logits, rule.SurrogateScores(logits), labels, gateScores, rule.Thresholds)
            .MoveToOuterDisposeScope();
    }
}
