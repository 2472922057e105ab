using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>Random points of the ball, the best of them kept: the baseline every gradient attack must beat.</summary>
/// <remarks>
/// Where noise breaks an image that a gradient attack does not, the defense hides its gradient (Carlini et al. 2019, who ask for 10,000 tries and more). Corners break
/// more than points inside do; beyond a few dozen dimensions neither comes near the best corner.
/// </remarks>
public sealed record UniformNoise : IAttack
{
    /// <summary>Random points tried for each image; at least 1.</summary>
    public int Tries { get; init; } = 50;

    /// <summary>
    /// Whether the points are extreme points of the ball: every pixel changed by +-epsilon under Linf, the edge of the ball under L2, one value alone under L1,
    /// pixels of 0 and 1 under L0. Else they are uniform in the ball.
    /// </summary>
    public bool Corners { get; init; }

    /// <inheritdoc/>
    public string Name => $"{(Corners ? "Corner" : "Uniform")} noise x {Tries}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1, Norm.L0];

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the tries", this with { Tries = 2 * Tries })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options) =>
        BestOf(Tries, this, surface, images, labels, threat, options, (_, front) =>
        {
            if (Corners)
                front.MoveToRandomCorner();
            else
                front.MoveToRandomPoint();
        });

    /// <summary>Runs an attack that tries random points, each placed by <paramref name="place"/>.</summary>
    internal static AttackResult BestOf(
        int tries, IAttack attack, AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options, Action<AttackBatch, Front> place)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tries, 1);
        return AttackLoop.Search(attack, surface, images, labels, threat, options, batch =>
        {
            for (var attempt = 0; attempt < tries && batch.AnyOpen; attempt++)
            {
                using var front = batch.Open(attempt);
                place(batch, front);
                front.Evaluate()?.Dispose();
                batch.Confirm(attempt);
                batch.Progress((attempt + 1.0) / tries);
            }
        });
    }
}
