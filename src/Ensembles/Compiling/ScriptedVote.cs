using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>The vote and the gates in TorchScript, with the settings of one ensemble on the plan's device.</summary>
/// <param name="script">The function.</param>
/// <param name="weights">The members' weights, float32 [M].</param>
/// <param name="thresholds">The gates' thresholds, float32 [G].</param>
sealed class ScriptedVote(VoteScript script, Tensor weights, Tensor thresholds) : IDisposable
{
    // Fusion measures shapes in the first run and compiles in the second.
    const int Runs = 3;
    const int CheckedImages = 64;
    const double Tolerance = 1e-4;

    /// <summary>
    /// The vote in TorchScript where that is wanted and where it decides as the rule does; else null, and <paramref name="description"/> says why.
    /// </summary>
    /// <param name="text">The script; null for a rule without one.</param>
    /// <param name="isWanted">Whether the device is one on which it pays.</param>
    /// <param name="vote">The rule, on the plan's device.</param>
    /// <param name="thresholds">The gates' thresholds, each float32 [1], on the plan's device.</param>
    /// <param name="classes">K.</param>
    /// <param name="description">Which it is, in words.</param>
    public static ScriptedVote? Of(string? text, bool isWanted, Vote vote, IReadOnlyList<Tensor> thresholds, long classes, out string description)
    {
        if (text is null || !isWanted)
        {
            description = text is null ? "C#, since the rule has no script" : "C#, since a script gains nothing on a CPU";
            return null;
        }

        var scripted = With(VoteScript.Of(text), vote.Weights, thresholds);
        if (scripted.Complaint(vote, thresholds, classes) is { } complaint)
        {
            scripted.Dispose();
            description = $"C#, since the script {complaint}";
            return null;
        }

        description = "one TorchScript function";
        return scripted;
    }

    /// <summary>The vote with copies of its settings.</summary>
    public static ScriptedVote With(VoteScript script, Tensor weights, IReadOnlyList<Tensor> thresholds)
    {
        using var scope = NewDisposeScope();
        var joined = thresholds.Count == 0 ? zeros(0, device: weights.device) : cat([.. thresholds]);
        return new(script, weights.clone().DetachFromDisposeScope(), joined.DetachFromDisposeScope());
    }

    /// <summary>Scores [N, K] and labels [N] from logits [M, N, K] and gate scores [G, N].</summary>
    public (Tensor Scores, Tensor Labels) Decide(Tensor logits, Tensor gateScores) => script.Decide(logits, weights, gateScores, thresholds);

    /// <summary>What is wrong with the script on this device; null when it decides as the rule does. It is fused by then.</summary>
    public string? Complaint(Vote vote, IReadOnlyList<Tensor> eachThreshold, long classes)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (members, device) = (weights.size(0), weights.device);
        var logits = (randn([members, CheckedImages, classes], generator: generator) * 4).to(device);
        logits[0, 0, 0] = float.NaN;
        var gateScores = thresholds.unsqueeze(1) + randn([eachThreshold.Count, CheckedImages], generator: generator).to(device);
        var (scores, labels) = vote.Decide(logits, gateScores, eachThreshold);
        try
        {
            for (var run = 0; run < Runs; run++)
            {
                var (itsScores, itsLabels) = Decide(logits, gateScores);
                if (!itsLabels.Equals(labels) || !itsScores.allclose(scores, Tolerance, Tolerance, equal_nan: true))
                    return "decides otherwise on this device";
            }
        }
        catch (ExternalException exception)
        {
            return $"fails on this device: {exception.Message}";
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        weights.Dispose();
        thresholds.Dispose();
    }
}
