using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>
/// Writes the vote and the gates of one lineup as one TorchScript function, so that a GPU gets one call for all of them and fusion sees them
/// together: the rule's script around numbers that are known here, and a line for each gate.
/// </summary>
static class VoteScriptEmitter
{
    /// <summary>The function's text; it ends without a line feed, which TorchScript wants behind it.</summary>
    public static string Emit(VoteScriptModel rule, int members, int quorum, int gates)
    {
        var writer = new SourceWriter();
        using (writer.Indented("def decide(logits: Tensor, weights: Tensor, gate_scores: Tensor, thresholds: Tensor):"))
        {
            writer.Write($"members = {members}");
            writer.Write($"quorum = {quorum}");
            writer.Write(rule.Scores);
            writer.Write(rule.Labels);
            // As in GateThreshold.Apply: what is not at most the threshold is rejected, also what is not a number.
            for (var g = 0; g < gates; g++)
                writer.Write($"labels = torch.masked_fill(labels, torch.bitwise_not(torch.le(torch.select(gate_scores, 0, {g}), torch.select(thresholds, 0, {g}))), -1)");
            writer.Write("return scores, labels");
        }

        return writer.ToString().TrimEnd('\n');
    }
}
