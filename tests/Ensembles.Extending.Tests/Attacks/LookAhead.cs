using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Extending.Tests.Attacks;

/// <summary>
/// An attack of one's own: projected ascent along a momentum, d_t = mu d_{t-1} + g_t / ||g_t||_*, with steps that fall
/// from epsilon / 2 towards 0. The library does the rest: the loss that passes gates, surrogates, draws, the best of
/// all images.
/// </summary>
public sealed record LookAhead : Attack
{
    /// <summary>Steps of each restart.</summary>
    public int Steps { get; init; } = 40;

    /// <summary>Restarts, each from another random point and with another loss.</summary>
    public int Restarts { get; init; } = 1;

    /// <summary>The decay mu of the momentum.</summary>
    public double Decay { get; init; } = 0.5;

    public override string Name => $"Look-ahead-{Steps} x {Restarts}";

    public override IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    public override IReadOnlyList<(string Words, IAttack Attack)> StrongerVariants =>
        [("twice the steps", this with { Steps = 2 * Steps })];

    protected override void Search(AttackBatch batch) =>
        batch.ForEachRestart(Restarts, AttackLoss.Adaptive, Steps, active =>
        {
            active.MoveToRandomPoint();
            var momentum = active.RememberZeros();
            for (var step = 0; step < Steps; step++)
            {
                using var scope = NewDisposeScope();
                if (active.Differentiate() is not { } here)
                    return;
                momentum.Set(Decay * momentum.Value + batch.Ball.Normalize(here.Direction));
                active.Step(momentum.Value, batch.Ball.Epsilon / 2 * (1 - (double)step / Steps));
            }
            active.Evaluate();
        });
}
