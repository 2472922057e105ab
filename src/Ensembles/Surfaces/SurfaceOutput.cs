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
/// <param name="GateThresholds">
/// Thresholds of the G gates, float32 [G]; a score above its threshold rejects or, in an ensemble among the members,
/// has that ensemble abstain.
/// </param>
public sealed record SurfaceOutput(
    Tensor MemberLogits, Tensor Scores, Tensor Labels, Tensor GateScores, Tensor GateThresholds) : IDisposable
{
    /// <summary>
    /// The voting rule's scores with their own gradient, float32 [S N, K], where that leads elsewhere than
    /// <see cref="Scores"/>; else null.
    /// </summary>
    public Tensor? OwnScores { get; init; }

    /// <summary>
    /// For each of the last I gates, those of ensembles among the members, the label of the vote that it guards, before
    /// any gate of that ensemble is heard, int64 [I, S N]; null where there are none.
    /// </summary>
    public Tensor? GuardedVotes { get; init; }

    /// <summary>I, how many of the gates, the last ones, stand in ensembles among the members.</summary>
    public int InnerGates => (int)(GuardedVotes?.size(0) ?? 0);

    /// <summary>How many of the gates, the first ones, reject.</summary>
    public int RejectingGates => (int)GateScores.size(0) - InnerGates;

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
        GuardedVotes?.MoveToOuterDisposeScope();
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
        GuardedVotes?.Dispose();
    }
}
