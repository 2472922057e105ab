using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>The vote and the gates in TorchScript, with the settings of one ensemble on the plan's device.</summary>
/// <param name="script">The function.</param>
/// <param name="rule">How the ensemble decides, on the plan's device, which owns the settings.</param>
sealed class ScriptedVote(DecisionScript script, DecisionRule rule)
{
    // Fusion measures shapes in the first run and compiles in the second.
    const int Runs = 3;
    const int CheckedImages = 64;
    const double Tolerance = 1e-4;

    /// <summary>
    /// The vote in TorchScript where that is wanted and where it decides as the rule does; else null, and
    /// <paramref name="description"/> says why.
    /// </summary>
    /// <param name="text">The script; null for a rule without one.</param>
    /// <param name="isWanted">Whether the device is one on which it pays.</param>
    /// <param name="rule">How the ensemble decides, on the plan's device.</param>
    /// <param name="members">M.</param>
    /// <param name="classes">K.</param>
    /// <param name="description">Which it is, in words.</param>
    public static ScriptedVote? From(
        string? text, bool isWanted, DecisionRule rule, int members, long classes, out string description)
    {
        if (text is null || !isWanted)
        {
            description = rule.Inner.Count > 0 ? "C#, since an ensemble is among the members"
                : text is null ? "C#, since the rule has no script"
                : "C#, since a script gains nothing on a CPU";
            return null;
        }

        var scripted = new ScriptedVote(DecisionScript.Compile(text), rule);
        var complaint = scripted.Complaint(members, classes);
        description = complaint is null ? "one TorchScript function" : $"C#, since the script {complaint}";
        return complaint is null ? scripted : null;
    }

    /// <summary>Scores [N, K] and labels [N] from logits [M, N, K] and gate scores [G, N].</summary>
    public (Tensor Scores, Tensor Labels) Decide(Tensor logits, Tensor gateScores) =>
        script.Decide(logits, rule.Weights, gateScores, rule.Thresholds);

    /// <summary>
    /// What is wrong with the script on this device; null when it decides as the rule does. It is fused by then.
    /// </summary>
    public string? Complaint(int members, long classes)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (gates, device) = (rule.Thresholds.size(0), rule.Weights.device);
        var logits = (randn([members, CheckedImages, classes], generator: generator) * 4).to(device);
        logits[0, 0, 0] = float.NaN;
        var gateScores = rule.Thresholds.unsqueeze(1) + randn([gates, CheckedImages], generator: generator).to(device);
        var (scores, labels) = rule.Decide(logits, gateScores);
        try
        {
            for (var run = 0; run < Runs; run++)
            {
                var (itsScores, itsLabels) = Decide(logits, gateScores);
                var isClose = itsScores.allclose(scores, Tolerance, Tolerance, equal_nan: true);
                if (!itsLabels.Equals(labels) || !isClose)
                    return "decides otherwise on this device";
            }
        }
        catch (ExternalException exception)
        {
            return $"fails on this device: {exception.Message}";
        }

        return null;
    }
}
