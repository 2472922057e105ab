namespace Ensembles.Attacks;

/// <summary>Random points of the ball, the best of them kept: the baseline every gradient attack must beat.</summary>
/// <remarks>
/// Where noise breaks an image that a gradient attack does not, the defense hides its gradient (Carlini et al. 2019,
/// who ask for 10,000 tries and more). Corners break more than points inside do; beyond a few dozen dimensions neither
/// comes near the best corner.
/// </remarks>
public sealed record UniformNoise : RandomSearch
{
    /// <summary>
    /// Whether the points are extreme points of the ball: every pixel changed by +-epsilon under Linf, the edge of the
    /// ball under L2, one value alone under L1, pixels of 0 and 1 under L0. Else they are uniform in the ball.
    /// </summary>
    public bool Corners { get; init; }

    /// <inheritdoc/>
    public override string Name => $"{(Corners ? "Corner" : "Uniform")} noise x {Tries}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1, Norm.L0];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the tries", this with { Tries = 2 * Tries })];

    private protected override void MoveToRandom(ActiveSet active)
    {
        if (Corners)
            active.MoveToRandomCorner();
        else
            active.MoveToRandomPoint();
    }
}
