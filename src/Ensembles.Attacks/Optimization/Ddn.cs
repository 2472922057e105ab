using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Decoupled direction and norm, DDN (Rony et al. 2019, "Decoupling direction and norm for efficient gradient-based L2 adversarial attacks and defenses"):
/// the gradient turns the change, x_{t+1} = x + eps_{t+1} d / ||d||_2 with d = delta_t - a_t g / ||g||_2, and its length eps shrinks by 5 % where the vote is wrong and
/// grows by 5 % where it is right.
/// </summary>
/// <remarks>
/// a_t falls from 1 to 0.01 along half a cosine. g is the gradient of what is missing to the criterion, vote and gates: that of the cross-entropy where there are no gates,
/// but for its length, and it does not vanish in float32 as that one does. A hundred steps get as near as thousands of <see cref="CarliniWagnerL2"/>. It looks for a
/// way past the gates near the boundary of the vote, and that attack finds one far beyond it too.
/// </remarks>
public sealed record Ddn : IAttack
{
    const double LastStepSize = 0.01;

    /// <summary>Steps; at least 1.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>The length of the first change, in units of pixel values; positive.</summary>
    public double FirstLength { get; init; } = 1;

    /// <summary>By which part the length shrinks or grows in a step, in (0, 1).</summary>
    public double Gamma { get; init; } = 0.05;

    /// <inheritdoc/>
    public string Name => $"DDN-{Steps}";

    /// <inheritdoc/>
    public IReadOnlyList<Norm> Norms => [Norm.L2];

    /// <inheritdoc/>
    public bool IsMinimalNorm => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Words, IAttack Attack)> Longer => [("twice the steps", this with { Steps = 2 * Steps })];

    /// <inheritdoc/>
    public AttackResult Run(AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FirstLength);
        if (Gamma is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Gamma), Gamma, "The length shrinks by a part in (0, 1).");
        return AttackLoop.FollowGradient(this, surface, images, labels, threat, options, batch =>
        {
            if (!batch.AnyOpen)
                return;
            Turn(batch);
            batch.Confirm(restart: 0);
        });
    }

    void Turn(AttackBatch batch)
    {
        using var front = batch.Open(restart: 0);
        using var images = new PerImage(front.Clean);
        using var length = new PerImage(full(front.Clean.size(0), (float)FirstLength, device: front.Clean.device));
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (front.Probe(images.Value, front.SoftShortfall) is not { } probe)
                return;
            images.Select(probe.Left);
            length.Select(probe.Left);
            length.Set(length.Value * where(probe.Beyond, (float)(1 - Gamma), (float)(1 + Gamma)));
            var direction = images.Value - front.Clean - StepSize(step) * batch.Ball.Normalize(probe.Gradient);
            images.Set((front.Clean + length.Value.view(-1, 1, 1, 1) * batch.Ball.Normalize(direction)).clamp(0, 1));
            batch.Progress((step + 1.0) / Steps);
        }
    }

    double StepSize(int step) => LastStepSize + (1 - LastStepSize) * (1 + Math.Cos(Math.PI * step / Steps)) / 2;
}
