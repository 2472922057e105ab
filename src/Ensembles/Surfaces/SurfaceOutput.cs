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
    /// <summary>
    /// The voting rule's scores with their own gradient, float32 [S N, K], where that leads elsewhere than
    /// <see cref="Scores"/>; else null.
    /// </summary>
    public Tensor? OwnScores { get; init; }

    /// <summary>The evaluation of a lone classifier that always accepts, of its logits [S N, K].</summary>
    /// <remarks>The label is that of the logits in their own precision; what is followed is float32.</remarks>
    internal static SurfaceOutput FromLogits(Tensor logits)
    {
        var scores = logits.dtype == ScalarType.Float32 ? logits : logits.to_type(ScalarType.Float32);
        return new(
            MemberLogits: scores.unsqueeze(0),
            Scores: scores,
            Labels: Ballot.Argmax(logits.detach()),
            GateScores: zeros([0, logits.size(0)], dtype: ScalarType.Float32, device: logits.device),
            GateThresholds: zeros([0], dtype: ScalarType.Float32, device: logits.device));
    }

    /// <summary>Moves the tensors to the dispose scope around the current one.</summary>
    public SurfaceOutput MoveToOuterDisposeScope()
    {
        MemberLogits.MoveToOuterDisposeScope();
        Scores.MoveToOuterDisposeScope();
        Labels.MoveToOuterDisposeScope();
        GateScores.MoveToOuterDisposeScope();
        GateThresholds.MoveToOuterDisposeScope();
        OwnScores?.MoveToOuterDisposeScope();
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
        OwnScores?.Dispose();
    }
}
