using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Who decides together, with the weights and thresholds of this moment: an ensemble's components, or all of them but one. Generated code makes one
/// whenever it is asked, since moving or loading an ensemble replaces its weights and thresholds; attack surfaces and variants stand on it.
/// </summary>
public sealed class Lineup
{
    readonly Tensor weights;

    /// <summary>The place among the members of the one that is left out; null where none is.</summary>
    readonly int? leftOut;

    /// <summary>Lines components up.</summary>
    /// <param name="components">Members and gates, in order of declaration.</param>
    /// <param name="weights">The members' weights, float32 [M], positive, summing to 1.</param>
    /// <param name="quorum">How many members must agree, from 1 to M.</param>
    public Lineup(IReadOnlyList<LineupComponent> components, Tensor weights, int quorum) : this(components, weights, quorum, leftOut: null)
    {
    }

    Lineup(IReadOnlyList<LineupComponent> components, Tensor weights, int quorum, int? leftOut) =>
        (Components, this.weights, Quorum, this.leftOut) = (components, weights, quorum, leftOut);

    /// <summary>Members and gates, in order of declaration.</summary>
    public IReadOnlyList<LineupComponent> Components { get; }

    /// <summary>How many members must agree.</summary>
    public int Quorum { get; }

    /// <summary>The voting members, in order of declaration.</summary>
    public IReadOnlyList<Named<Classifier>> Members =>
        [.. Components.Where(component => !component.IsGate).Select(member => new Named<Classifier>(member.Name, (Classifier)member.Module))];

    /// <summary>The gates, in order of declaration.</summary>
    public IReadOnlyList<Named<Detector>> Gates =>
        [.. Components.Where(component => component.IsGate).Select(gate => new Named<Detector>(gate.Name, (Detector)gate.Module))];

    /// <summary>Sets the gates' thresholds in place.</summary>
    /// <param name="gates">The gates as declared, in order of declaration.</param>
    /// <param name="validationImages">Clean images [N, C, H, W] used neither in training nor in a test.</param>
    public void CalibrateGates(IReadOnlyList<GateDeclaration> gates, Tensor validationImages)
    {
        foreach (var (gate, declared) in Components.Where(component => component.IsGate).Zip(gates))
            GateThreshold.Calibrate(gate.Threshold!, gate.Module, validationImages, declared.FalsePositiveRate);
    }

    /// <summary>The lineup without one component. The quorum shrinks with the members.</summary>
    internal Lineup Without(string name)
    {
        var place = Members.ToList().FindIndex(member => member.Name == name);
        var remaining = Components.Where(component => component.Name != name).ToList();
        return new(remaining, weights, Math.Min(Quorum, remaining.Count(component => !component.IsGate)), place < 0 ? null : place);
    }

    /// <summary>The members' weights, float32 [M], summing to 1; where a member is left out a new tensor, which is left to the dispose scope around.</summary>
    internal Tensor Weights()
    {
        if (leftOut is not { } place)
            return weights;
        var remaining = cat([weights.narrow(0, 0, place), weights.narrow(0, place + 1, weights.size(0) - place - 1)]);
        return remaining / remaining.sum();
    }

    /// <summary>The gates' thresholds, each float32 [1].</summary>
    internal IReadOnlyList<Tensor> Thresholds => [.. Components.Where(component => component.IsGate).Select(gate => gate.Threshold!)];

    /// <summary>Throws where a gate is not calibrated: it would reject every image.</summary>
    internal void ThrowIfUncalibrated()
    {
        foreach (var component in Components)
        {
            if (component.IsGate)
                GateThreshold.ThrowIfUncalibrated(component.Threshold!, component.Name);
        }
    }

    /// <summary>
    /// Logits [M, N, K] and gate scores [G, N]. The components are asked in order of declaration, since those that draw share a generator.
    /// </summary>
    internal (Tensor Logits, Tensor GateScores) Ask(Func<LineupComponent, Tensor> ask)
    {
        List<Tensor> logits = [], gateScores = [];
        foreach (var component in Components)
            (component.IsGate ? gateScores : logits).Add(ask(component));
        var stacked = stack(logits);
        return (stacked, gateScores.Count == 0 ? zeros(0, stacked.size(1), device: stacked.device) : stack(gateScores));
    }

    /// <summary>The labels [N] with <see cref="Decision.Reject"/> where a gate's score [G, N] is not at most its threshold.</summary>
    internal Tensor Gate(Tensor labels, Tensor gateScores)
    {
        foreach (var (threshold, g) in Thresholds.Select((threshold, g) => (threshold, g)))
            labels = GateThreshold.Apply(labels, gateScores[g], threshold);
        return labels;
    }
}

/// <summary>A member or a gate of a lineup.</summary>
public sealed class LineupComponent
{
    /// <summary>A voting member.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="member">The member.</param>
    public LineupComponent(string name, Classifier member) => (Name, Module) = (name, member);

    /// <summary>A gate.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="gate">The gate.</param>
    /// <param name="threshold">Its threshold, float32 [1].</param>
    public LineupComponent(string name, Detector gate, Tensor threshold) => (Name, Module, Threshold) = (name, gate, threshold);

    /// <summary>The property's name.</summary>
    public string Name { get; }

    /// <summary>The component.</summary>
    public Module<Tensor, Tensor> Module { get; }

    /// <summary>A gate's threshold, float32 [1]; null for a member.</summary>
    public Tensor? Threshold { get; }

    /// <summary>Whether it is a gate.</summary>
    internal bool IsGate => Threshold is not null;
}
