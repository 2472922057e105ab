using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Compiling;

/// <summary>What the generator would write for an ensemble under a rule, without variants and attack surface.</summary>
sealed class Handmade<TRule> : Ensemble where TRule : IVotingRule
{
    readonly Classifier[] members;
    readonly Detector[] gates;

    public Handmade(Classifier[] members, Detector[]? gates = null, double[]? weights = null, int quorum = 1) : base("Handmade")
    {
        (this.members, this.gates) = (members, gates ?? []);
        Quorum = quorum;
        weights ??= [.. members.Select(_ => 1.0)];
        Weights = tensor(weights.Select(w => (float)(w / weights.Sum())).ToArray()).DetachFromDisposeScope();
        Thresholds = [.. this.gates.Select(_ => GateThreshold.Uncalibrated().DetachFromDisposeScope())];
        foreach (var (i, module) in members.Cast<Module>().Concat(this.gates).Index())
            register_module($"Part{i}", module);
    }

    public Tensor Weights { get; }

    public int Quorum { get; }

    public Tensor[] Thresholds { get; }

    public override EnsembleDeclaration Declaration => new("Handmade", typeof(TRule).Name, Quorum, [], []);

    public override IReadOnlyList<Named<Classifier>> Members => [.. members.Select((m, i) => new Named<Classifier>($"M{i}", m))];

    public override IReadOnlyList<Named<Detector>> Gates => [.. gates.Select((g, i) => new Named<Detector>($"G{i}", g))];

    public override AttackSurface Surface => throw new NotSupportedException();

    public override IReadOnlyList<LeftOut> LeaveOneOut() => throw new NotSupportedException();

    public override Decision forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var gateScores = gates.Select(gate => gate.call(images)).ToArray();
        var logits = stack([.. members.Select(member => member.call(images))]);
        var ballot = new Ballot(logits, Weights, Quorum);
        var scores = TRule.Scores(ballot);
        var labels = TRule.Labels(ballot, scores);
        for (var g = 0; g < gates.Length; g++)
            labels = GateThreshold.Apply(labels, gateScores[g], Thresholds[g]);
        return new Decision(scores, labels, logits, gates.Length == 0 ? zeros(0, images.size(0)) : stack(gateScores)).MoveToOuterDisposeScope();
    }

    public override void CalibrateGates(Tensor validationImages)
    {
        for (var g = 0; g < gates.Length; g++)
            GateThreshold.Calibrate(Thresholds[g], gates[g], validationImages, 0.3);
    }

    public override CompiledEnsemble Compile(CompileOptions options) => CompiledEnsemble.Of<TRule>(this, Weights, Quorum, Thresholds, options);
}
