using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>One network, trained on clean bars, behind any detector that rejects 5 % of clean images.</summary>
static class BehindGate
{
    static readonly LabeledImages validation = Bars.Make(200, seed: 4);
    static readonly LabeledImages images = Bars.Make(60, seed: 2);

    /// <summary>
    /// Of PGD's images against the network alone the share that the gate rejects; and the share of images that are
    /// right, or rejected, under PGD that knows the gate (lenient robust accuracy).
    /// </summary>
    public static (double Caught, double Robust) Of(Detector gate, double epsilon)
    {
        using var scope = NewDisposeScope();
        gate.eval();
        var threat = new ThreatModel(Norm.Linf, epsilon);
        var threshold = GateThreshold.Uncalibrated();
        GateThreshold.Calibrate(threshold, gate, validation.Images, falsePositiveRate: 0.05);
        var components = new Components(
            [new("Gate", gate, threshold), new("Network", BehindTransform.Network)],
            VotingRule.From<MeanLogit>(), ones(1), quorum: 1);

        using var unaware = new Pgd { Steps = 40, Loss = AttackLoss.Margin }.Run(
            BehindTransform.Network, images.Images, images.Labels, threat);
        using var noGradient = no_grad();
        var caught = GateThreshold.Rejects(gate.call(unaware.Images), threshold).to_type(ScalarType.Float32);
        using var withGradient = enable_grad();
        using var aware = new Pgd { Steps = 100, Restarts = 3 }.Run(
            AttackSurface.FromComponents(() => components), images.Images, images.Labels, threat, new AttackOptions());
        return (caught.mean().item<float>(), aware.Success.Count(success => !success) / (double)images.Count);
    }
}
