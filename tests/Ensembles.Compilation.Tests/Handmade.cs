using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>What the generator would write for an ensemble under a rule, without variants.</summary>
sealed class Handmade<TRule> : Ensemble where TRule : IVotingRule
{
    readonly Classifier[] members;
    readonly Detector[] gates;
    readonly int quorum;

    public Handmade(Classifier[] members, Detector[]? gates = null, double[]? weights = null, int quorum = 1)
        : base("Handmade")
    {
        (this.members, this.gates, this.quorum) = (members, gates ?? [], quorum);
        weights ??= [.. members.Select(_ => 1.0)];
        Weights = tensor(weights.Select(w => (float)(w / weights.Sum())).ToArray()).DetachFromDisposeScope();
        Thresholds = [.. this.gates.Select(_ => GateThreshold.Uncalibrated().DetachFromDisposeScope())];
        foreach (var (i, module) in members.Cast<Module>().Concat(this.gates).Index())
            register_module($"Part{i}", module);
    }

    public Tensor Weights { get; }

    public Tensor[] Thresholds { get; }

    public override EnsembleDeclaration Declaration => new("Handmade", typeof(TRule).Name, quorum, [], []);

    public override Components Components => new(
        [
            .. members.Select((m, i) => new Component($"M{i}", m)),
            .. gates.Select((g, i) => new Component($"G{i}", g, Thresholds[i])),
        ],
        VotingRule.From<TRule>(), Weights, quorum);

    public string? Script { get; set; }

    public override string? DecisionScript => Script;

    public override IReadOnlyList<LeftOut> LeaveOneOut() => throw new NotSupportedException();

    public override Decision forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var gateScores = gates.Select(gate => Draws.Answer(gate, images)).ToArray();
        var logits = stack([.. members.Select(member => Draws.Answer(member, images))]);
        var ballot = new Ballot(logits, Weights, quorum);
        var scores = TRule.Scores(ballot);
        var labels = TRule.Labels(ballot, scores);
        for (var g = 0; g < gates.Length; g++)
            labels = GateThreshold.Apply(labels, gateScores[g], Thresholds[g]);
        var stacked = gates.Length == 0 ? zeros(0, images.size(0)) : stack(gateScores);
        return new Decision(scores, labels, logits, stacked).MoveToOuterDisposeScope();
    }

    public override void CalibrateGates(Tensor validationImages) =>
        Components.CalibrateGates(gates.Select(_ => 0.3), validationImages);
}
