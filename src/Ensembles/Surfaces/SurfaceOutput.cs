using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// An evaluation of S draws of N images. Rows are draw-major: row s * N + n is draw s of image n.
/// </summary>
/// <param name="MemberLogits">Logits of the M members, float32 [M, S N, K].</param>
/// <param name="Scores">The voting rule's surrogate scores, float32 [S N, K], differentiable.</param>
/// <param name="Labels">
/// The exact decision, int64 [S N]; <see cref="Decision.Reject"/> where the ensemble rejects.
/// </param>
/// <param name="GateScores">Scores of the G gates, float32 [G, S N].</param>
/// <param name="GateThresholds">Thresholds of the G gates, float32 [G]; a score above its threshold rejects.</param>
public sealed record SurfaceOutput(
    Tensor MemberLogits, Tensor Scores, Tensor Labels, Tensor GateScores, Tensor GateThresholds) : IDisposable
{
    /// <summary>The evaluation of a lone classifier that always accepts, of its logits [S N, K].</summary>
    internal static SurfaceOutput FromLogits(Tensor logits) => new(
        MemberLogits: logits.unsqueeze(0),
        Scores: logits,
        Labels: Ballot.Argmax(logits.detach()),
        GateScores: zeros(0, logits.size(0), device: logits.device),
        GateThresholds: zeros(0, device: logits.device));

    /// <summary>Moves the tensors to the dispose scope around the current one.</summary>
    public SurfaceOutput MoveToOuterDisposeScope()
    {
        MemberLogits.MoveToOuterDisposeScope();
        Scores.MoveToOuterDisposeScope();
        Labels.MoveToOuterDisposeScope();
        GateScores.MoveToOuterDisposeScope();
        GateThresholds.MoveToOuterDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        MemberLogits.Dispose();
        Scores.Dispose();
        Labels.Dispose();
        GateScores.Dispose();
        GateThresholds.Dispose();
    }
}
