using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// DeepFool (Moosavi-Dezfooli et al. 2016, "DeepFool: a simple and accurate method to fool deep neural networks"): steps onto the nearest boundary of the
/// linearised classifier, x_{t+1} = x_0 + 1.02 (r_0 + ... + r_t), r_t being the change of length |f_k| / ||grad f_k||_* + 1e-4 along the gradient of
/// f_k = s_k - s_y at x_t for the class k whose boundary is nearest, until the image is broken.
/// </summary>
/// <remarks>
/// Quick, and a good first guess of the distance: on a linear classifier one step is exact. It stops where it first crosses a boundary, so the attacks that
/// go on along it find nearer images. It knows the vote, not the gates, which still judge what it finds.
/// </remarks>
public sealed record DeepFool : IAttack
{
    /// <summary>Ends a creep onto a boundary that clipping to [0, 1] keeps out of reach of ever shorter steps.</summary>
    const double Least = 1e-4;

    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>How many wrong classes it looks at, those likeliest on the clean image; at least 1. Each costs a backward pass a step.</summary>
    public int Targets { get; init; } = 9;

    /// <summary>By which part of the way it steps over the boundary; 0 or above.</summary>
    public double Overshoot { get; init; } = 0.02;

    /// <inheritdoc/>
    public string Name => $"DeepFool-{Steps}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.L2, Norm.Linf];

    /// <inheritdoc/>
    public bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Targets, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Overshoot);
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            if (!batch.AnyOpen)
                return;
            Walk(batch);
            batch.Confirm(restart: 0);
        });
    }

    void Walk(AttackBatch batch)
    {
        int[] ranks = [.. Enumerable.Range(0, (int)Math.Min(Targets, batch.WrongClasses.size(1)))];
        using var front = batch.Open(restart: 0);
        using var walker = new PerImage(front.Clean);
        using var change = new PerImage(zeros_like(front.Clean));
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            var (lead, normal) = front.NearestBoundary(walker.Value, ranks);
            var length = lead.abs() / batch.Ball.Gain(normal).clamp(min: 1e-30) + Least;
            change.Set(change.Value + length.view(-1, 1, 1, 1) * batch.Ball.SteepestStep(normal, walker.Value, 1));
            walker.Set((front.Clean + (1 + Overshoot) * change.Value).clamp(0, 1));
            batch.Progress((step + 1.0) / Steps);
            if (front.Probe(walker.Value) is not { } probe)
                return;
            // A broken image is done with, also where it is outside the ball.
            var standing = probe.Met.logical_not().nonzero().flatten();
            if (standing.size(0) == 0)
                return;
            front.Keep(standing);
            var left = probe.Left.index_select(0, standing);
            walker.Select(left);
            change.Select(left);
        }
    }
}
