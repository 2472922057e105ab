using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Carlini and Wagner's attack under L0 [6]: break the image by the pixels that may change, take the ability to change
/// from those that matter least, by |g_i delta_i| summed over the channels, and again, until it cannot be broken any
/// more.
/// </summary>
/// <remarks>
/// <para>
/// g is the gradient of what is missing to the criterion, vote and gates, and delta the change that broke the image.
/// How far a pixel moves costs nothing under L0, so a round only lowers f by Adam inside [0, 1], where the authors run
/// their L2 attack.
/// </para>
/// <para>
/// A round that breaks the image takes away a share of the pixels that changed, and of those that did not all; one that
/// does not gives back what the one before it took, and half the share is taken. An image is done when not even one
/// pixel can go.
/// </para>
/// </remarks>
public sealed record CarliniWagnerL0 : Attack
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
    public override string Name => $"C&W-L0-{Steps} x {Rounds}";

    /// <inheritdoc/>
    public override IReadOnlyList<Norm> Norms => [Norm.L0];

    /// <inheritdoc/>
    public override bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
    [
        ("twice the steps", this with { Steps = 2 * Steps }),
        ("twice the rounds", this with { Rounds = 2 * Rounds }),
    ];

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Rounds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        if (Share is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(Share), Share, "A round takes away a share of the pixels in (0, 1).");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(LearningRate);
    }

    /// <inheritdoc/>
    protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, active =>
    {
        var pixels = new Pixels(active, Share);
        for (var round = 0; round < Rounds; round++)
        {
            using var scope = NewDisposeScope();
            using var broken = active.RememberFlag();
            if (!Break(active, pixels, broken))
                return;
            active.ReportProgress((round + 1.0) / Rounds);

            pixels.Share.SetWhere(broken.Value.logical_not(), pixels.Share.Value / 2);
            var (kept, used) = WithoutTheLeast(pixels.Weight.Value, pixels.Share.Value);
            pixels.Free.Set(kept);
            // One pixel is enough; or not even one could go; or all together were not enough.
            var fewer = broken.Value.logical_or((pixels.Share.Value * used).ge(1));
            var left = used.gt(1).logical_and(fewer).nonzero().flatten();
            if (left.size(0) == 0)
                return;
            active.Keep(left);
        }
    });

    /// <summary>
    /// Looks for images broken by the free pixels, from the last change that broke them on; a broken image stays where
    /// it is.
    /// </summary>
    /// <returns>Whether any image is left.</returns>
    bool Break(ActiveSet active, Pixels pixels, PerImage broken)
    {
        var (free, change) = (pixels.Free, pixels.Change);
        var start = where(free.Value.gt(0), active.Clean + change.Value, active.Clean).clamp(0, 1);
        using var images = active.Remember(start);
        using var adam = new Adam(active);
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (active.DifferentiateAt(images.Value, HingeLoss.Soft) is not { } here)
                return false;

            // Far beyond the boundary the gradient vanishes: the one before it says what matters.
            pixels.Slope.SetWhere(here.Gradient.flatten(1).ne(0).any(1), here.Gradient);
            var delta = images.Value - active.Clean;
            var first = here.IsMet.logical_and(broken.Value.logical_not());
            var weight = (pixels.Slope.Value * delta).abs() + delta.ne(0) * 1e-30;
            change.SetWhere(first, delta);
            pixels.Weight.SetWhere(first, weight.sum(1, keepdim: true));
            broken.Set(broken.Value.logical_or(here.IsMet));
            if (broken.Value.all().item<bool>())
                return true;
            var moved = (images.Value + free.Value * adam.Step(here.Gradient, LearningRate)).clamp(0, 1);
            images.SetWhere(broken.Value.logical_not(), moved);
        }
        return true;
    }

    /// <summary>
    /// Of the pixels with a weight, [A, 1, H, W], all but a share [A] of those with the least, at least one, as 0 and
    /// 1; and how many had one [A].
    /// </summary>
    static (Tensor Kept, Tensor Used) WithoutTheLeast(Tensor weight, Tensor share)
    {
        var flat = weight.flatten(1);
        var used = flat.gt(0).sum(1).to_type(ScalarType.Float32);
        var kept = used - (share * used).floor().clamp(min: 1);
        // The place of each pixel, the heaviest first.
        var place = flat.argsort(1, descending: true).argsort(1);
        return (place.lt(kept.unsqueeze(1)).to_type(ScalarType.Float32).view(weight.shape), used);
    }

    /// <summary>What is remembered of each image's pixels.</summary>
    sealed class Pixels(ActiveSet active, double share)
    {
        /// <summary>Which may change, [A, 1, H, W] of 0 and 1.</summary>
        public PerImage Free { get; } = active.Remember(ones_like(active.Clean.narrow(1, 0, 1)));

        /// <summary>What broke the image with the fewest pixels so far, [A, C, H, W].</summary>
        public PerImage Change { get; } = active.RememberZeros();

        /// <summary>How much each pixel matters in that change, [A, 1, H, W]: 0 where it does not change.</summary>
        public PerImage Weight { get; } = active.Remember(zeros_like(active.Clean.narrow(1, 0, 1)));

        /// <summary>The last gradient that was not zero, [A, C, H, W].</summary>
        public PerImage Slope { get; } = active.RememberZeros();

        /// <summary>The share of the changed pixels that the next round takes away, [A].</summary>
        public PerImage Share { get; } = active.Remember(share);
    }
}
