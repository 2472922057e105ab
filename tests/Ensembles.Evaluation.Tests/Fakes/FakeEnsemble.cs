using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Fakes;

/// <summary>What the generator would write for an ensemble by mean logit, with thresholds as plain numbers.</summary>
class FakeEnsemble : Ensemble
{
    readonly (string Name, Classifier Module)[] members;
    readonly (string Name, Detector Module, float Threshold)[] gates;

    public FakeEnsemble((string, Classifier)[] members, (string, Detector, float)[]? gates = null) : base("Fake")
    {
        (this.members, this.gates) = (members, gates ?? []);
        foreach (var module in Surface.Modules)
            module.eval();
    }

    public VotingRule Rule { get; init; } = VotingRule.From<MeanLogit>();

    /// <summary>A member's weight, before all are scaled to sum to 1.</summary>
    public Func<string, float> Weight { get; init; } = _ => 1;

    /// <summary>What every gate states, whatever its threshold.</summary>
    public const double StatedRate = 0.05;

    /// <summary>A member's category.</summary>
    public Func<string, Category> Category { get; init; } = _ => Ensembles.Category.NonRobustFeatures;

    public override EnsembleDeclaration Declaration => new(
        "Fake", nameof(MeanLogit), 1,
        [.. members.Select(m => new MemberDeclaration(
            m.Name, m.Module.GetType().Name, [Category(m.Name)], ["non-robust feature removal"], 1))],
        [.. gates.Select(g => new GateDeclaration(
            g.Name, g.Module.GetType().Name, [Ensembles.Category.Detection], ["adversarial rejection"], StatedRate))]);

    public override Components Components => new(
        [
            .. members.Select(m => new Component(m.Name, m.Module)),
            .. gates.Select(g => new Component(g.Name, g.Module, tensor([g.Threshold]))),
        ],
        Rule, tensor([.. members.Select(m => Weight(m.Name) / members.Sum(other => Weight(other.Name)))]), quorum: 1);

    public override Decision forward(Tensor images)
    {
        using var output = Surface.Evaluate(images, 1);
        return new Decision(
            output.Scores.alias(), output.Labels.alias(), output.MemberLogits.alias(), output.GateScores.alias());
    }

    public override IReadOnlyList<LeftOut> LeaveOneOut() =>
    [
        .. members.Where(_ => members.Length > 1).Select(
            m => new LeftOut(m.Name, Of([.. members.Where(other => other != m)], gates))),
        .. gates.Select(g => new LeftOut(g.Name, Of(members, [.. gates.Where(other => other != g)]))),
    ];

    FakeEnsemble Of((string, Classifier)[] some, (string, Detector, float)[] guards) =>
        new(some, guards) { Rule = Rule, Weight = Weight, Category = Category };

    public override void CalibrateGates(Tensor validationImages) => throw new NotSupportedException();
}
