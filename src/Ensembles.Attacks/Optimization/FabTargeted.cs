using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Targeted FAB, FAB-T (Croce and Hein 2020): <see cref="Fab"/> once for each of the likeliest wrong classes, on the boundary between it and the
/// true class alone, at one backward pass a step.
/// </summary>
/// <remarks>The targets are the wrong classes with the highest scores on the clean image. Any wrong class counts as a success.</remarks>
public sealed record FabTargeted : IAttack
{
    /// <summary>Steps towards each target; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>How many targets; at least 1. There are no more than the wrong classes.</summary>
    public int Targets { get; init; } = 9;

    /// <inheritdoc/>
    public string Name => $"FAB-T-{Steps} x {Targets}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Targets, 1);
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            var targets = (int)Math.Min(Targets, batch.WrongClasses.size(1));
            for (var rank = 0; rank < targets && batch.AnyOpen; rank++)
            {
                var before = rank;
                BoundaryWalk.Walk(batch, restart: rank, [rank], fromRandomPoint: false, Steps, done => batch.Progress((before + done) / targets));
                batch.Confirm(rank);
            }
        });
    }
}
