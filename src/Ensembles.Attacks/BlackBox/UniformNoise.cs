using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>Random points of the ball, the best of them kept: the baseline every gradient attack must beat.</summary>
/// <remarks>Where noise breaks an image that a gradient attack does not, the defense hides its gradient (Carlini et al. 2019).</remarks>
public sealed record UniformNoise : IAttack
{
    /// <summary>Random points tried for each image; at least 1.</summary>
    public int Tries { get; init; } = 50;

    /// <inheritdoc/>
    public string Name => $"Uniform noise x {Tries}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2, Norm.L1, Norm.L0];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackRun run)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Tries, 1);
        return AttackLoop.Search(this, surface, images, labels, threat, run, batch =>
        {
            for (var attempt = 0; attempt < Tries && batch.AnyOpen; attempt++)
            {
                using var front = batch.Open(attempt);
                front.MoveToRandomPoint();
                front.Evaluate()?.Dispose();
                batch.Confirm(attempt);
                batch.Progress((attempt + 1.0) / Tries);
            }
        });
    }
}
