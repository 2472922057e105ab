using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// What an attacker who knows the whole defense differentiates: the exact decision, with surrogate gradients where the
/// defense has none (BPDA), several draws where it is random (EOT), and the gates' scores as loss terms.
/// </summary>
/// <remarks>
/// Every ensemble has one, <see cref="Ensemble.Surface"/>; <see cref="FromClassifier"/> makes one of any classifier.
/// </remarks>
public abstract class AttackSurface
{
    /// <summary>
    /// Names of the M classifiers that vote; of those of an ensemble among the members the paths, <c>Inner.Edges</c>.
    /// </summary>
    public abstract IReadOnlyList<string> Members { get; }

    /// <summary>
    /// Names of the G gates: first those that reject, then those of ensembles among the members, by their paths.
    /// </summary>
    public abstract IReadOnlyList<string> Gates { get; }

    /// <summary>
    /// Whether the vote's scores have a gradient of their own beside that of the surrogate,
    /// <see cref="SurfaceOutput.OwnScores"/>: attacks follow both.
    /// </summary>
    public virtual bool HasOwnGradient => false;

    /// <summary>
    /// Whether it may reject an image. Where it may, attacks are run for either success, the wrong class and anything
    /// but the right one; where it may not, they are the same, and one run is enough.
    /// </summary>
    public virtual bool MayReject => Gates.Count > 0 || Members.Count > 1;

    /// <summary>
    /// How many of the gates, the last ones, stand in ensembles among the members. Where one of them fires its ensemble
    /// abstains, and the others decide: an attacker wins by having the wrong ones vote and the right ones abstain.
    /// </summary>
    public virtual int InnerGates => 0;

    /// <summary>How many of the gates, the first ones, reject.</summary>
    public int RejectingGates => Gates.Count - InnerGates;

    /// <summary>Draws an attack averages its gradient over; 1 when nothing is random.</summary>
    public abstract int EotSamples { get; }

    /// <summary>
    /// Evaluates images under several draws of the defense's randomness; differentiable in the images.
    /// </summary>
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

    /// <summary>
    /// The attack surface of a classifier alone: images to logits [N, K], any <c>Module&lt;Tensor, Tensor&gt;</c>.
    /// </summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="name">Its name in reports; its class name by default.</param>
    public static AttackSurface FromClassifier(Module<Tensor, Tensor> classifier, string? name = null) =>
        new ClassifierSurface(classifier, name ?? classifier.GetType().Name);

    /// <summary>
    /// The attack surface of components that decide together, as an ensemble's do. A new one knows every module that
    /// the components have by then.
    /// </summary>
    /// <param name="components">
    /// Gives the components of the moment: always the same ones, with weights and thresholds that may have been moved
    /// or loaded.
    /// </param>
    public static AttackSurface FromComponents(Func<Components> components) => new ComponentsSurface(components);
}
