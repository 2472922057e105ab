using static TorchSharp.torch;

namespace Ensembles;

/// <summary>What an ensemble says about a batch of N images.</summary>
/// <param name="Scores">The vote's scores, float32 [N, K].</param>
/// <param name="Labels">
/// Decided labels, int64 [N]; <see cref="Reject"/> where a gate fires or the vote has no winner.
/// </param>
/// <param name="MemberLogits">
/// Logits of the M members, float32 [M, N, K]; in the place of a member that is an ensemble those of its members.
/// </param>
/// <param name="GateScores">
/// Scores of the G gates, float32 [G, N]: of the ensemble's own and then of those of ensembles among the members.
/// </param>
public sealed record Decision(Tensor Scores, Tensor Labels, Tensor MemberLogits, Tensor GateScores) : IDisposable
{
    /// <summary>The label of a rejected image.</summary>
    public const long Reject = -1;

    /// <summary>Moves the tensors to the dispose scope around the current one.</summary>
    public Decision MoveToOuterDisposeScope()
    {
        Scores.MoveToOuterDisposeScope();
        Labels.MoveToOuterDisposeScope();
        MemberLogits.MoveToOuterDisposeScope();
        GateScores.MoveToOuterDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Scores.Dispose();
        Labels.Dispose();
        MemberLogits.Dispose();
        GateScores.Dispose();
    }
}
