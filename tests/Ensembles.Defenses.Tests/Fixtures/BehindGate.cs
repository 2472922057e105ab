using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>One network, trained on clean bars, behind any detectors that each reject 5 % of clean images.</summary>
static class BehindGate
{
    const double FalsePositiveRate = 0.05;

    static readonly LabeledImages validation = Bars.Make(200, seed: 4);
    static readonly LabeledImages images = Bars.Make(60, seed: 2);

    /// <summary>
    /// Of PGD's images against the network alone the share that the gate rejects; and the share of images that are
    /// right, or rejected, under PGD that knows the gate (lenient robust accuracy).
    /// </summary>
    public static (double Caught, double Robust) Of(Detector gate, double epsilon, InputTransform? front = null)
    {
        var components = Screened(gate);
        if (front is not null)
            components = With(components, new Component("Front", front));
        return (Rejected(components, Unaware(epsilon)), Robust(components, epsilon));
    }

    /// <summary>The network behind gates that are calibrated on clean validation images.</summary>
    public static Components Screened(params Detector[] gates)
    {
        var all = new List<Component>();
        for (var i = 0; i < gates.Length; i++)
        {
            gates[i].eval();
            var threshold = GateThreshold.Uncalibrated();
            GateThreshold.Calibrate(threshold, gates[i], validation.Images, FalsePositiveRate);
            all.Add(new($"Gate{i}", gates[i], threshold));
        }

        return With(Rule([]), [.. all, new("Network", BehindTransform.Network)]);
    }

    /// <summary>PGD's images against the network alone.</summary>
    public static Tensor Unaware(double epsilon)
    {
        using var found = new Pgd { Steps = 40, Loss = AttackLoss.Margin }.Run(
            BehindTransform.Network, images.Images, images.Labels, new ThreatModel(Norm.Linf, epsilon));
        return found.Images.clone();
    }

    /// <summary>The share of images that a gate rejects.</summary>
    public static double Rejected(Components components, Tensor seen)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var output = AttackSurface.FromComponents(() => components).Evaluate(seen, draws: 1);
        return output.Labels.eq(Decision.Reject).to_type(ScalarType.Float32).mean().item<float>();
    }

    /// <summary>The share of images that are right, or rejected, under PGD that knows everything.</summary>
    public static double Robust(Components components, double epsilon)
    {
        using var found = new Pgd { Steps = 100, Restarts = 3 }.Run(
            AttackSurface.FromComponents(() => components), images.Images, images.Labels,
            new ThreatModel(Norm.Linf, epsilon), new AttackOptions());
        return found.Success.Count(success => !success) / (double)images.Count;
    }

    static Components With(Components components, params Component[] more) => Rule([.. components.All, .. more]);

    static Components Rule(IReadOnlyList<Component> all) =>
        new(all, VotingRule.From<MeanLogit>(), ones(1), quorum: 1);
}
