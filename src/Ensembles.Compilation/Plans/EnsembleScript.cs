using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// A whole ensemble as one TorchScript function: fronts, gates, members and vote are one call, and torch sees all
/// operations at once.
/// </summary>
sealed class EnsembleScript
{
    const string Function = "ensemble";

    // Disposing a compilation unit frees nothing, so each text is compiled once in a process.
    static readonly ConcurrentDictionary<string, Lazy<jit.CompilationUnit>> compiled = new();

    readonly jit.CompilationUnit unit;
    readonly Tensor[] tensors;
    readonly DecisionRule rule;

    EnsembleScript(string text, Tensor[] tensors, DecisionRule rule)
    {
        unit = compiled.GetOrAdd(text, _ => new(() => jit.compile(text))).Value;
        (this.tensors, this.rule) = (tensors, rule);
    }

    /// <summary>The function of networks that a plan runs one by one; null where one of them cannot be said in it.
    /// </summary>
    /// <param name="networks">The networks, which keep their weights.</param>
    /// <param name="vote">The ensemble's <see cref="Ensemble.DecisionScript"/>.</param>
    /// <param name="isStacked">Whether members of one architecture run as one network.</param>
    public static EnsembleScript? Of(NetworkDecisions networks, string vote, bool isStacked)
    {
        var text = new ScriptText();
        string? seen = "images";
        foreach (var front in networks.Fronts)
            seen = seen is null ? null : front.Script(text, seen);
        if (seen is null)
            return null;
        var scores = networks.Gates
            .Select(gate => gate.Network.Script(text, gate.IsBehindFronts ? seen : "images"))
            .ToList();
        var logits = networks.Members.Script(text, seen, isStacked);
        if (scores.Contains(null) || logits is null)
            return null;
        var gateScores = scores.Count == 0
            ? "torch.zeros([0, torch.size(images, 0)], device=images.device)"
            : $"torch.stack([{string.Join(", ", scores)}])";
        string[] body =
        [
            .. text.Lines,
            $"logits = {logits}",
            $"gate_scores = {gateScores}",
            "scores, labels = decide(logits, weights, gate_scores, thresholds)",
            "return scores, labels, logits, gate_scores",
        ];
        return new(
            $"{vote}\n\ndef {Function}(images: Tensor, w: List[Tensor], weights: Tensor, thresholds: Tensor):\n"
                + $"    {string.Join("\n    ", body)}\n\n",
            [.. text.Tensors], networks.Rule);
    }

    /// <summary>Decides on images where the plan is; several threads may call it at once.</summary>
    public Decision Decide(Tensor images)
    {
        var (scores, labels, logits, gateScores) = unit.invoke<(Tensor, Tensor, Tensor, Tensor)>(
            Function, images, tensors, rule.Weights, rule.Thresholds);
        return new(scores, labels, logits, gateScores);
    }
}
