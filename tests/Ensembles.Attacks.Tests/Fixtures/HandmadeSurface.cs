using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>The attack surface of members under a voting rule behind gates, as the generator would write it.</summary>
sealed class HandmadeSurface<TRule>(
    Classifier[] members, (Detector Detector, float Threshold)[]? gates = null, int quorum = 1) : AttackSurface
    where TRule : IVotingRule
{
    readonly (Detector Detector, float Threshold)[] gates = gates ?? [];

    public override IReadOnlyList<string> Members { get; } = [.. members.Select((_, i) => $"Member{i}")];

    public override IReadOnlyList<string> Gates { get; } = [.. (gates ?? []).Select((_, i) => $"Gate{i}")];

    public override int EotSamples => Draws.EotSamples(Modules);

    public override IEnumerable<Module> Modules =>
        members.Concat<Module>(gates.Select(g => g.Detector)).SelectMany(m => m.modules().Prepend(m));

    public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
    {
        using var scope = NewDisposeScope();
        var logits = stack(members.Select(m => Draw(m, images, draws, call)));
        var ballot = new Ballot(logits, full(members.Length, 1f / members.Length), quorum);
        var scores = TRule.SurrogateScores(ballot);
        var labels = TRule.Labels(ballot, TRule.Scores(ballot)).detach();
        var rows = images.size(0) * draws;
        var gateScores = gates.Length == 0 ? zeros(0, rows) : stack(
            gates.Select(g => Draw(g.Detector, images, draws, call)));
        var thresholds = tensor(gates.Select(g => g.Threshold).ToArray());
        for (var g = 0; g < gates.Length; g++)
            labels = GateThreshold.Apply(labels, gateScores[g].detach(), thresholds[g]);
        return new SurfaceOutput(logits, scores, labels, gateScores, thresholds).MoveToOuterDisposeScope();
    }

    static Tensor Draw(Module<Tensor, Tensor> component, Tensor images, int draws, ComponentCall? call) =>
        component.modules().Prepend(component).OfType<IRandomized>().Any()
            ? Draws.OfRandomized(component, images, draws)
            : Draws.OfDeterministic(component, images, draws, call);
}
