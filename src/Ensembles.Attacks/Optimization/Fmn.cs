using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The fast minimum-norm attack, FMN (Pintor et al. 2021, "Fast minimum-norm adversarial attacks through adaptive norm constraints"): steps along the
/// gradient inside a ball around the clean image, delta_{t+1} = Proj_{eps_t}(delta_t - a_t g), whose radius follows the boundary.
/// </summary>
/// <remarks>
/// Until the vote is wrong for the first time, eps_t = ||delta_t|| + f / ||grad f||_*, where the linearised boundary is; from there on it is (1 - c_t) times the smaller of
/// itself and ||delta_t|| where the vote is wrong, and (1 + c_t) times itself where it is right. The steps' Euclidean length a_t and c_t fall to almost nothing along half a
/// cosine. f is what is missing to the criterion, vote and gates, as in <see cref="Ddn"/>. Behind gates <see cref="CarliniWagnerL2"/> and <see cref="Ddn"/> get nearer.
/// </remarks>
public sealed record Fmn : IAttack
{
    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>The Euclidean length of the first step, in units of pixel values; positive.</summary>
    public double FirstStepSize { get; init; } = 1;

    /// <summary>By which part the radius first shrinks or grows, in (0, 1).</summary>
    public double Gamma { get; init; } = 0.05;

    /// <inheritdoc/>
    public string Name => $"FMN-{Steps}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.L2, Norm.Linf, Norm.L1];

    /// <inheritdoc/>
    public bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FirstStepSize);
        if (Gamma is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Gamma), Gamma, "The radius shrinks by a part in (0, 1).");
        var euclidean = Ball.Of(ThreatModel.Unbounded(Norm.L2));
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            if (!batch.AnyOpen)
                return;
            Follow(batch, euclidean);
            batch.Confirm(restart: 0);
        });
    }

    void Follow(AttackBatch batch, Ball euclidean)
    {
        using var front = batch.Open(restart: 0);
        using var images = new PerImage(front.Clean);
        using var radius = new PerImage(full(front.Clean.size(0), float.PositiveInfinity, device: front.Clean.device));
        using var found = new PerImage(zeros_like(radius.Value, dtype: ScalarType.Bool));
        PerImage[] state = [images, radius, found];
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (front.Probe(images.Value, front.SoftShortfall) is not { } probe)
                return;
            foreach (var rows in state)
                rows.Select(probe.Left);
            found.Set(found.Value.logical_or(probe.Beyond));

            var change = images.Value - front.Clean;
            var (share, length) = (Cosine(step), batch.Ball.Length(change));
            var ahead = length + probe.Value / batch.Ball.Gain(probe.Gradient).clamp(min: 1e-30);
            var inward = length.minimum(radius.Value) * (1 - Gamma * share);
            radius.Set(where(probe.Beyond, inward, where(found.Value, radius.Value * (1 + Gamma * share), ahead)));

            var moved = change - FirstStepSize * share * euclidean.Normalize(probe.Gradient);
            images.Set((front.Clean + batch.Ball.Shorten(moved, radius.Value)).clamp(0, 1));
            batch.Progress((step + 1.0) / Steps);
        }
    }

    double Cosine(int step) => (1 + Math.Cos(Math.PI * step / Steps)) / 2;
}
