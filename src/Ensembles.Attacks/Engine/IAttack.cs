using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>An attack. Every attack is called alike and returns the best image it found for each image.</summary>
/// <remarks>Derive one of your own from <see cref="Attack"/>, which carries the bookkeeping.</remarks>
public interface IAttack
{
    /// <summary>The attack with its budget, for reports: "PGD-40 x 5".</summary>
    string Name { get; }

    /// <summary>The norms it can be run under.</summary>
    IReadOnlyList<Norm> Norms { get; }

    /// <summary>
    /// Whether it looks for the smallest perturbation. Then <see cref="ThreatModel.Unbounded"/> is a threat model for
    /// it; with a radius it stops for each image at the first success inside.
    /// </summary>
    bool IsMinimalNorm => false;

    /// <summary>
    /// The attack with more of each of its budgets, by what there is more of: "twice the steps". They should break
    /// nothing more, and every evaluation checks that they do not.
    /// </summary>
    IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants => [];

    /// <summary>Attacks a defense with full knowledge of it.</summary>
    /// <param name="surface">
    /// The defense; <see cref="AttackSurface.FromClassifier"/> makes one of any classifier.
    /// </param>
    /// <param name="images">Clean images, float32 [N, C, H, W] in [0, 1].</param>
    /// <param name="labels">True labels, int64 [N].</param>
    /// <param name="threat">What the attacker may change.</param>
    /// <param name="options">Criterion, seed, batch size, progress, cancellation.</param>
    /// <returns>
    /// For each image the most successful perturbed image found, inside the ball and inside [0, 1]. The caller disposes
    /// it.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// Images outside [0, 1] or of a wrong shape or type, or labels that do not fit them.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A norm the attack does not know, or no radius where it needs one.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    /// <exception cref="ZeroGradientException">
    /// The gradient is zero on every image: the defense masks it and declares no surrogate.
    /// </exception>
    AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options);
}
