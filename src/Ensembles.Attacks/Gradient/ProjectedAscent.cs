using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// Projected gradient ascent, x_{t+1} = Proj(x_t + a_t s(d_t)), s(d) being the steepest step of length 1 in the norm: sign(d) under Linf, d / ||d||_2 under L2. The
/// direction d_t is the gradient or, with a decay mu, the momentum d_t = mu d_{t-1} + g_t / ||g_t||_1 of Dong et al. 2018.
/// </summary>
/// <param name="Steps">Steps.</param>
/// <param name="StepSize">From the number of a step, counted from 0, its length in the threat model's norm.</param>
/// <param name="Decay">mu; 0 for no momentum.</param>
sealed record ProjectedAscent(int Steps, Func<int, double> StepSize, double Decay = 0)
{
    /// <summary>Steps that fall from epsilon / 2 in equal parts towards 0.</summary>
    public static ProjectedAscent OfFallingSteps(int steps, double epsilon) => new(steps, step => epsilon / 2 * (1 - (double)step / steps));

    /// <summary>One climb from the clean images, with the first aim of a loss.</summary>
    public AttackResult RunOnce(IAttack attack, AttackLoss loss, AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        var aim = RestartPlan.Aim(surface, loss, options.Criterion, restart: 0);
        return AttackLoop.FollowGradient(attack, surface, images, labels, threat, options, batch =>
        {
            using var front = batch.Open(restart: 0, aim, Steps);
            Climb(batch, front, batch.Progress);
            batch.Confirm(restart: 0);
        });
    }

    /// <summary>Climbs from where the front is, until every image is broken or the steps are used.</summary>
    public void Climb(AttackBatch batch, Front front, Action<double> progress)
    {
        using var still = zeros_like(front.Images);
        using var momentum = new PerImage(still);
        for (var step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            if (front.Differentiate() is not { } slope)
                return;
            var direction = slope.Direction;
            if (Decay > 0)
            {
                momentum.Select(slope.Left);
                momentum.Set(Decay * momentum.Value + OfLengthOne(direction));
                direction = momentum.Value;
            }
            front.Step(direction, StepSize(step));
            progress((step + 1.0) / Steps);
        }
        front.Evaluate()?.Dispose();
    }

    /// <summary>The gradients over the sum of their entries' sizes; 0 where the gradient is 0.</summary>
    static Tensor OfLengthOne(Tensor gradient)
    {
        // Divided by the largest entry first: the sum of very large entries leaves float32, and very small ones vanish in it.
        var largest = gradient.abs().flatten(1).amax([1]).view(-1, 1, 1, 1);
        var bounded = gradient / largest.masked_fill(largest.eq(0), 1);
        var length = bounded.abs().flatten(1).sum(1).view(-1, 1, 1, 1);
        return bounded / length.masked_fill(length.eq(0), 1);
    }
}
