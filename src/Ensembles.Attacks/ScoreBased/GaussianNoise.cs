using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Additive Gaussian noise brought into the ball, x' = Proj(x + epsilon z) with z ~ N(0, I), the best of several draws
/// kept: clipped pixel by pixel under Linf, scaled to the edge of the ball under L2.
/// </summary>
/// <remarks>
/// The corruption that a defense ought to stand (Carlini et al. 2019), unless it was trained on it. Noise in high
/// dimensions is nearly orthogonal to every direction that matters: that it fails says nothing.
/// </remarks>
public sealed record GaussianNoise : RandomSearch
{
    /// <inheritdoc/>
    public override string Name => $"Gaussian noise x {Tries}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the tries", this with { Tries = 2 * Tries })];

    private protected override void MoveToRandom(ActiveSet active) => active.MoveToRandom((clean, generator) =>
    {
        var noise = randn(clean.shape, generator: generator).to(clean.device);
        return active.Ball.Project(clean + active.Ball.Epsilon * noise, clean);
    });
}
