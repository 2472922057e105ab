using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// An ensemble's <see cref="Ensemble.DecisionScript"/>, compiled: the vote and the gates are one call.
/// </summary>
sealed class DecisionScript
{
    const string Function = "decide";

    // Disposing a compilation unit frees nothing, so each text is compiled once in a process.
    static readonly ConcurrentDictionary<string, Lazy<DecisionScript>> compiled = new();

    readonly jit.CompilationUnit unit;

    DecisionScript(string text) => unit = jit.compile(text + "\n");

    /// <summary>
    /// Compiles a function <c>decide(logits, weights, gate_scores, thresholds)</c>. One that TorchScript does not
    /// understand ends the process.
    /// </summary>
    public static DecisionScript Compile(string text) =>
        compiled.GetOrAdd(text, _ => new(() => new DecisionScript(text))).Value;

    /// <summary>
    /// Scores [N, K] and labels [N], -1 where a gate or the rule rejects. Several threads may call it at once.
    /// </summary>
    /// <param name="logits">Logits of M members, float32 [M, N, K].</param>
    /// <param name="weights">The members' weights, float32 [M].</param>
    /// <param name="gateScores">Scores of G gates, float32 [G, N].</param>
    /// <param name="thresholds">The gates' thresholds, float32 [G].</param>
    public (Tensor Scores, Tensor Labels) Decide(Tensor logits, Tensor weights, Tensor gateScores, Tensor thresholds) =>
        unit.invoke<(Tensor, Tensor)>(Function, logits, weights, gateScores, thresholds);
}
