using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The fast adaptive boundary attack, FAB (Croce and Hein 2020, "Minimally distorted adversarial examples with a fast adaptive boundary attack"): it
/// walks along the nearest decision boundary and looks for the point of it that is closest to the clean image.
/// </summary>
/// <remarks>
/// It linearises the boundaries of all wrong classes at every step, which costs a backward pass for each: with many classes use
/// <see cref="FabTargeted"/>. Scaling the logits does not change it. It knows the vote, not the gates, which still judge what it finds. An image
/// leaves as soon as it is broken inside the ball; points outside it never count.
/// </remarks>
public sealed record Fab : IAttack
{
    /// <summary>Steps of each restart; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Restarts, the first from the clean image and the others half a radius away from it; at least 1.</summary>
    public int Restarts { get; init; } = 1;

    /// <inheritdoc/>
    public string Name => $"FAB-{Steps}" + (Restarts == 1 ? "" : $" x {Restarts}");

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    /// <inheritdoc/>
    public bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps }), ("twice the restarts", this with { Restarts = 2 * Restarts })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Restarts, 1);
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            int[] all = [.. Enumerable.Range(0, (int)batch.WrongClasses.size(1))];
            for (var restart = 0; restart < Restarts && batch.AnyOpen; restart++)
            {
                var before = restart;
                BoundaryWalk.Walk(batch, restart, all, fromRandomPoint: restart > 0, Steps, done => batch.Progress((before + done) / Restarts));
                batch.Confirm(restart);
            }
        });
    }
}
