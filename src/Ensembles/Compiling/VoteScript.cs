using System.Collections.Concurrent;
using System.Reflection;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// The vote and the gates of one ensemble as one TorchScript function, so that a GPU gets one call for all of them and fusion sees them together.
/// </summary>
sealed class VoteScript
{
    const string Function = "decide";

    // Disposing a compilation unit frees nothing, so each text is compiled once in a process.
    static readonly ConcurrentDictionary<string, Lazy<VoteScript>> compiled = new();

    readonly jit.CompilationUnit unit;

    VoteScript(string text) => unit = jit.compile(text + "\n");

    /// <summary>
    /// The function's text: the rule's script around numbers that are known here, and a line for each gate; null for a rule without a script, as a user's own.
    /// </summary>
    /// <typeparam name="TRule">The voting rule.</typeparam>
    /// <param name="members">M.</param>
    /// <param name="quorum">How many members must agree.</param>
    /// <param name="gates">G.</param>
    public static string? Text<TRule>(int members, int quorum, int gates) where TRule : IVotingRule
    {
        if (typeof(TRule).GetCustomAttribute<VoteScriptAttribute>() is not { } rule)
            return null;
        string[] statements =
        [
            $"members = {members}",
            $"quorum = {quorum}",
            .. rule.Scores.ReplaceLineEndings("\n").Split('\n'),
            .. rule.Labels.ReplaceLineEndings("\n").Split('\n'),
            // As in GateThreshold.Apply: what is not at most the threshold is rejected, also what is not a number.
            .. Enumerable.Range(0, gates).Select(g =>
                $"labels = torch.masked_fill(labels, torch.bitwise_not(torch.le(torch.select(gate_scores, 0, {g}), torch.select(thresholds, 0, {g}))), -1)"),
            "return scores, labels",
        ];
        return string.Join("\n    ", statements.Prepend($"def {Function}(logits: Tensor, weights: Tensor, gate_scores: Tensor, thresholds: Tensor):"));
    }

    /// <summary>Compiles a function <c>decide(logits, weights, gate_scores, thresholds)</c>. One that TorchScript does not understand ends the process.</summary>
    public static VoteScript Of(string text) => compiled.GetOrAdd(text, _ => new(() => new VoteScript(text))).Value;

    /// <summary>Scores [N, K] and labels [N], -1 where a gate or the rule rejects. Several threads may call it at once.</summary>
    /// <param name="logits">Logits of M members, float32 [M, N, K].</param>
    /// <param name="weights">The members' weights, float32 [M].</param>
    /// <param name="gateScores">Scores of G gates, float32 [G, N].</param>
    /// <param name="thresholds">The gates' thresholds, float32 [G].</param>
    public (Tensor Scores, Tensor Labels) Decide(Tensor logits, Tensor weights, Tensor gateScores, Tensor thresholds) =>
        unit.invoke<(Tensor, Tensor)>(Function, logits, weights, gateScores, thresholds);
}
