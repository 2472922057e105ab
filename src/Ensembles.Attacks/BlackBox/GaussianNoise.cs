using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Additive Gaussian noise brought into the ball, x' = Proj(x + epsilon z) with z ~ N(0, I), the best of several draws kept: clipped pixel by pixel under Linf, scaled
/// to the edge of the ball under L2.
/// </summary>
/// <remarks>
/// The corruption that a defense ought to stand (Carlini et al. 2019), unless it was trained on it. Noise in high dimensions is nearly orthogonal to
/// every direction that matters: that it fails says nothing.
/// </remarks>
public sealed record GaussianNoise : IAttack
{
    /// <summary>Draws for each image; at least 1.</summary>
    public int Tries { get; init; } = 50;

    /// <inheritdoc/>
    public string Name => $"Gaussian noise x {Tries}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the tries", this with { Tries = 2 * Tries })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options) =>
        UniformNoise.BestOf(Tries, this, surface, images, labels, threat, options, (batch, front) => front.MoveToRandom((clean, generator) =>
            batch.Ball.Project(clean + threat.Epsilon * randn(clean.shape, generator: generator).to(clean.device), clean)));
}
