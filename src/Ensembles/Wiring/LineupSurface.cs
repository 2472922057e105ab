using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>The attack surface of a lineup under a voting rule.</summary>
sealed class LineupSurface<TRule> : AttackSurface where TRule : IVotingRule
{
    readonly Func<Lineup> lineup;
    readonly HashSet<string> randomized;

    public LineupSurface(Func<Lineup> lineup)
    {
        this.lineup = lineup;
        var current = lineup();
        foreach (var component in current.Components)
            SurrogateGradient.AttachAll(component.Module);
        randomized = [.. current.Components.Where(component => Draws.IsRandomized(component.Module)).Select(component => component.Name)];
        Members = [.. current.Members.Select(member => member.Name)];
        Gates = [.. current.Gates.Select(gate => gate.Name)];
        EotSamples = Draws.EotSamples(Modules);
    }

    public override IReadOnlyList<string> Members { get; }

    public override IReadOnlyList<string> Gates { get; }

    public override int EotSamples { get; }

    public override IEnumerable<Module> Modules => lineup().Components.SelectMany(component => component.Module.modules().Prepend(component.Module));

    public override AttackSurface Alone(int member) => Of(lineup().Members[member].Module, Members[member]);

    public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
    {
        var current = lineup();
        current.ThrowIfUncalibrated();

        using var scope = NewDisposeScope();
        var (logits, gateScores) = current.Ask(component => randomized.Contains(component.Name)
            ? Draws.OfRandomized(component.Module, images, draws)
            : Draws.OfDeterministic(component.Module, images, draws, call));
        var ballot = new Ballot(logits, current.Weights(), current.Quorum);
        var surrogateScores = TRule.SurrogateScores(ballot);

        // The labels are those that forward decides; only what the attack follows has surrogates in it.
        var exact = ballot with { MemberLogits = logits.detach() };
        var labels = current.Gate(TRule.Labels(exact, TRule.Scores(exact)), gateScores.detach());
        var gateThresholds = current.Thresholds is { Count: > 0 } thresholds ? cat([.. thresholds]) : zeros(0, device: images.device);
        return new SurfaceOutput(logits, surrogateScores, labels, gateScores, gateThresholds).MoveToOuterDisposeScope();
    }
}
