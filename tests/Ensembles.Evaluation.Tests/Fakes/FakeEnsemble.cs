using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation.Tests.Fakes;

/// <summary>What the generator would write for an ensemble by mean logit, with thresholds as plain numbers.</summary>
sealed class FakeEnsemble : Ensemble
{
    readonly (string Name, Classifier Module)[] members;
    readonly (string Name, Detector Module, float Threshold)[] gates;

    public FakeEnsemble((string, Classifier)[] members, (string, Detector, float)[]? gates = null) : base("Fake")
    {
        (this.members, this.gates) = (members, gates ?? []);
        foreach (var module in Surface.Modules)
            module.eval();
    }

    public override EnsembleDeclaration Declaration => new(
        "Fake", nameof(MeanLogit), 1,
        [.. members.Select(m => new MemberDeclaration(
            m.Name, m.Module.GetType().Name, [Category.NonRobustFeatures], ["non-robust feature removal"], 1))],
        [.. gates.Select(g => new GateDeclaration(
            g.Name, g.Module.GetType().Name, [Category.Detection], ["adversarial rejection"], 0.05))]);

    public override IReadOnlyList<Named<Classifier>> Members =>
        [.. members.Select(m => new Named<Classifier>(m.Name, m.Module))];

    public override IReadOnlyList<Named<Detector>> Gates =>
        [.. gates.Select(g => new Named<Detector>(g.Name, g.Module))];

    public override AttackSurface Surface => new FakeSurface(this);

    public override Decision forward(Tensor images)
    {
        using var output = Surface.Evaluate(images, 1);
        return new Decision(
            output.Scores.alias(), output.Labels.alias(), output.MemberLogits.alias(), output.GateScores.alias());
    }

    public override IReadOnlyList<LeftOut> LeaveOneOut() =>
    [
        .. members.Where(_ => members.Length > 1).Select(
            m => new LeftOut(m.Name, new FakeEnsemble([.. members.Where(other => other != m)], gates))),
        .. gates.Select(g => new LeftOut(g.Name, new FakeEnsemble(members, [.. gates.Where(other => other != g)]))),
    ];

    public override void CalibrateGates(Tensor validationImages) => throw new NotSupportedException();

    public override CompiledEnsemble Compile(CompileOptions options) => throw new NotSupportedException();

    sealed class FakeSurface(FakeEnsemble ensemble) : AttackSurface
    {
        public override IReadOnlyList<string> Members => [.. ensemble.members.Select(m => m.Name)];

        public override IReadOnlyList<string> Gates => [.. ensemble.gates.Select(g => g.Name)];

        public override int EotSamples => Draws.EotSamples(Modules);

        public override IEnumerable<Module> Modules =>
            [.. ensemble.members.Select(m => m.Module), .. ensemble.gates.Select(g => g.Module)];

        public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
        {
            using var scope = NewDisposeScope();
            var logits = stack([.. ensemble.members.Select(m => Draws.OfRandomized(m.Module, images, draws))]);
            var scores = logits.mean([0]);
            var labels = Ballot.Argmax(scores);
            var gateScores = zeros(0, scores.size(0));
            if (ensemble.gates.Length > 0)
                gateScores = stack([.. ensemble.gates.Select(g => Draws.OfRandomized(g.Module, images, draws))]);
            var thresholds = tensor(ensemble.gates.Select(g => g.Threshold).ToArray());
            for (var gate = 0; gate < ensemble.gates.Length; gate++)
                labels = GateThreshold.Apply(labels, gateScores[gate], thresholds[gate]);
            return new SurfaceOutput(logits, scores, labels, gateScores, thresholds).MoveToOuterDisposeScope();
        }
    }
}
