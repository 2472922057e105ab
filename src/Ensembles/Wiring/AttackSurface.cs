using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// What an attacker who knows the whole defense differentiates: the exact decision, with surrogate gradients where the
/// defense has none (BPDA), several draws where it is random (EOT), and the gates' scores as loss terms.
/// </summary>
/// <remarks>Every ensemble has one, <see cref="Ensemble.Surface"/>; <see cref="Of(Module{Tensor, Tensor}, string?)"/> makes one of any classifier.</remarks>
public abstract class AttackSurface
{
    /// <summary>Names of the M voting members.</summary>
    public abstract IReadOnlyList<string> Members { get; }

    /// <summary>Names of the G gates.</summary>
    public abstract IReadOnlyList<string> Gates { get; }

    /// <summary>Draws an attack averages its gradient over; 1 when nothing is random.</summary>
    public abstract int EotSamples { get; }

    /// <summary>Evaluates images under several draws of the defense's randomness; differentiable in the images.</summary>
    /// <remarks>Deterministic components run once. The caller disposes the result.</remarks>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="draws">S, the number of draws.</param>
    /// <param name="call">How deterministic components are called; null calls each itself.</param>
    public abstract SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null);

    /// <summary>Every module behind the surface, for checks (evaluation mode, surrogates).</summary>
    public abstract IEnumerable<Module> Modules { get; }

    /// <summary>The attack surface of one member alone, without gates: it always accepts.</summary>
    /// <param name="member">The member's place in <see cref="Members"/>.</param>
    public virtual AttackSurface Alone(int member) => new MemberSurface(this, member);

    /// <summary>The attack surface of a classifier alone: images to logits [N, K], any <c>Module&lt;Tensor, Tensor&gt;</c>.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="name">Its name in reports; its class name by default.</param>
    public static AttackSurface Of(Module<Tensor, Tensor> classifier, string? name = null) => new ClassifierSurface(classifier, name ?? classifier.GetType().Name);

    /// <summary>The attack surface of a lineup; generated code calls it. A new one knows every module that the components have by then.</summary>
    /// <typeparam name="TRule">The voting rule.</typeparam>
    /// <param name="lineup">Gives the lineup of the moment: always the same components, with weights and thresholds that may have been moved or loaded.</param>
    public static AttackSurface Of<TRule>(Func<Lineup> lineup) where TRule : IVotingRule => new LineupSurface<TRule>(lineup);
}

/// <summary>
/// An evaluation of S draws of N images. Rows are draw-major: row s * N + n is draw s of image n.
/// </summary>
/// <param name="MemberLogits">Logits of the M members, float32 [M, S N, K].</param>
/// <param name="Scores">The voting rule's surrogate scores, float32 [S N, K], differentiable.</param>
/// <param name="Labels">The exact decision, int64 [S N]; <see cref="Decision.Reject"/> where the ensemble rejects.</param>
/// <param name="GateScores">Scores of the G gates, float32 [G, S N].</param>
/// <param name="GateThresholds">Thresholds of the G gates, float32 [G]; a score above its threshold rejects.</param>
public sealed record SurfaceOutput(Tensor MemberLogits, Tensor Scores, Tensor Labels, Tensor GateScores, Tensor GateThresholds) : IDisposable
{
    /// <summary>The evaluation of a lone classifier that always accepts, of its logits [S N, K].</summary>
    internal static SurfaceOutput Of(Tensor logits) => new(
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
