using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Carlini and Wagner's attack under L0 [6]: break the image by the pixels that may change, take the ability to change from those that matter least, by
/// |g_i delta_i| summed over the channels, and again, until it cannot be broken any more.
/// </summary>
/// <remarks>
/// <para>
/// g is the gradient of what is missing to the criterion, vote and gates, and delta the change that broke the image. How far a pixel moves costs nothing under L0, so a
/// round only lowers f by Adam inside [0, 1], where the authors run their L2 attack.
/// </para>
/// <para>
/// A round that breaks the image takes away a share of the pixels that changed, and of those that did not all; one that does not gives back what
/// the one before it took, and half the share is taken. An image is done when not even one pixel can go.
/// </para>
/// </remarks>
public sealed record CarliniWagnerL0 : IAttack
{
    /// <summary>Rounds; at least 1.</summary>
    public int Rounds { get; init; } = 40;

    /// <summary>Steps of each round; at least 1.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>The share of the changed pixels that a round takes away at first, in (0, 1).</summary>
    public double Share { get; init; } = 0.3;

    /// <summary>The rate of Adam's steps, about the most a pixel moves in one; positive.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <inheritdoc/>
    public string Name => $"C&W-L0-{Steps} x {Rounds}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.L0];

    /// <inheritdoc/>
    public bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer =>
        [("twice the steps", this with { Steps = 2 * Steps }), ("twice the rounds", this with { Rounds = 2 * Rounds })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Rounds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        if (Share is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Share), Share, "A round takes away a share of the pixels in (0, 1).");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(LearningRate);
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            if (!batch.AnyOpen)
                return;
            Narrow(batch);
            batch.Confirm(restart: 0);
        });
    }

    void Narrow(AttackBatch batch)
    {
        using var front = batch.Open(restart: 0);
        using var free = new PerImage(ones_like(front.Clean.narrow(1, 0, 1)));
        // What broke the image with the fewest pixels so far, its change, and how much each pixel matters in it: 0 where it does not change.
        using var change = new PerImage(zeros_like(front.Clean));
        using var weight = new PerImage(zeros_like(free.Value));
        using var slope = new PerImage(zeros_like(front.Clean));
        using var share = new PerImage(full(front.Clean.size(0), (float)Share, device: front.Clean.device));
        for (var round = 0; round < Rounds; round++)
        {
            using var scope = NewDisposeScope();
            using var broken = new PerImage(zeros_like(share.Value, dtype: ScalarType.Bool));
            PerImage[] state = [free, change, weight, slope, share, broken];
            if (!Break(front, state, free, change, weight, slope, broken))
                return;
            batch.Progress((round + 1.0) / Rounds);

            share.SetWhere(broken.Value.logical_not(), share.Value / 2);
            var (kept, used) = WithoutTheLeast(weight.Value, share.Value);
            free.Set(kept);
            // One pixel is enough; or not even one could go; or all together were not enough.
            var fewer = broken.Value.logical_or((share.Value * used).ge(1));
            var left = used.gt(1).logical_and(fewer).nonzero().flatten();
            if (left.size(0) == 0)
                return;
            front.Keep(left);
            foreach (var rows in state)
                rows.Select(left);
        }
    }

    /// <summary>Looks for images broken by the free pixels, from the last change that broke them on; a broken image stays where it is.</summary>
    /// <returns>Whether any image is left.</returns>
    bool Break(Front front, PerImage[] state, PerImage free, PerImage change, PerImage weight, PerImage slope, PerImage broken)
    {
        using var images = new PerImage(where(free.Value.gt(0), front.Clean + change.Value, front.Clean).clamp(0, 1));
        using var adam = new Adam(front.Clean);
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (front.Probe(images.Value, front.SoftShortfall) is not { } probe)
                return false;
            foreach (var rows in state.Append(images))
                rows.Select(probe.Left);
            adam.Select(probe.Left);

            // Far beyond the boundary the gradient vanishes: the one before it says what matters.
            slope.SetWhere(probe.Gradient.flatten(1).ne(0).any(1), probe.Gradient);
            var delta = images.Value - front.Clean;
            var first = probe.Met.logical_and(broken.Value.logical_not());
            change.SetWhere(first, delta);
            weight.SetWhere(first, ((slope.Value * delta).abs() + delta.ne(0) * 1e-30).sum(1, keepdim: true));
            broken.Set(broken.Value.logical_or(probe.Met));
            if (broken.Value.all().item<bool>())
                return true;
            var moved = (images.Value + free.Value * adam.Step(probe.Gradient, LearningRate)).clamp(0, 1);
            images.SetWhere(broken.Value.logical_not(), moved);
        }
        return true;
    }

    /// <summary>Of the pixels with a weight, [A, 1, H, W], all but a share [A] of those with the least, at least one, as 0 and 1; and how many had one [A].</summary>
    static (Tensor Kept, Tensor Used) WithoutTheLeast(Tensor weight, Tensor share)
    {
        var flat = weight.flatten(1);
        var used = flat.gt(0).sum(1).to_type(ScalarType.Float32);
        var kept = used - (share * used).floor().clamp(min: 1);
        // The place of each pixel, the heaviest first.
        var place = flat.argsort(1, descending: true).argsort(1);
        return (place.lt(kept.unsqueeze(1)).to_type(ScalarType.Float32).view(weight.shape), used);
    }
}
