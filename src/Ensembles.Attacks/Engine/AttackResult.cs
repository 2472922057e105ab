using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>The best image an attack found for each image.</summary>
/// <param name="Images">
/// Perturbed images, float32 [N, C, H, W], inside the ball and inside [0, 1]; the clean image where it already succeeds
/// for the attacker.
/// </param>
/// <param name="Success">For each image, whether the attacker's criterion is met.</param>
/// <param name="Distance">For each image, the size of its perturbation in the threat model's norm.</param>
/// <param name="Forwards">Images passed forward through the defense, draws counted.</param>
/// <param name="Backwards">Images passed backward through the defense, draws counted.</param>
public sealed record AttackResult(
    Tensor Images, IReadOnlyList<bool> Success, IReadOnlyList<double> Distance, long Forwards, long Backwards)
    : IDisposable
{
    /// <summary>What the attack noticed that makes its result less than it seems; empty when nothing.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>
    /// For each image whether the attack had nothing to go by there: the gradient it follows was exactly zero at every
    /// step, the defense's own and not that at a higher temperature, or every score or label it asked for was that of
    /// the clean image. Empty where the attack does not say. Such images prove nothing where they stand.
    /// </summary>
    public IReadOnlyList<bool> Blind { get; init; } = [];

    /// <inheritdoc/>
    public void Dispose() => Images.Dispose();
}
