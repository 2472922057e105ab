using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The steps of Auto-PGD (Croce and Hein 2020, "Reliable evaluation of adversarial robustness"): no step size to choose, momentum, and
/// for each image a step that is halved when it no longer pays.
/// </summary>
/// <remarks>
/// <para>
/// From a random point on the edge of the ball, with a step eta of 2 epsilon:
/// z = Proj(x_t + eta s(g)), x_{t+1} = Proj(x_t + 0.75 (z - x_t) + 0.25 (x_t - x_{t-1})), s(g) being the steepest direction in the norm. The
/// first step has no momentum.
/// </para>
/// <para>
/// Checkpoints lie 0.22 N steps after the start, and then each 0.03 N closer to the one before, never closer than 0.06 N. There eta is halved,
/// and the image goes back to its best point, when the value rose in at most 3 of 4 steps since the last checkpoint, or when eta was not
/// halved at the last checkpoint and the best value has not risen since.
/// </para>
/// </remarks>
sealed class AutoStep : IDisposable
{
    const double Momentum = 0.25;
    const double RisesEnough = 0.75;

    readonly Front front;
    readonly Ball ball;

    readonly PerImage previousImages;
    readonly PerImage direction;
    readonly PerImage value;
    readonly PerImage bestImages;
    readonly PerImage bestDirection;
    readonly PerImage bestValue;
    readonly PerImage bestValueAtCheckpoint;
    readonly PerImage stepSize;
    readonly PerImage rises;
    readonly PerImage halvedAtCheckpoint;
    readonly PerImage[] state;

    AutoStep(Front front, Ball ball, Slope start)
    {
        using var scope = NewDisposeScope();
        (this.front, this.ball) = (front, ball);
        state =
        [
            previousImages = new(front.Images), direction = new(start.Direction), value = new(start.Value),
            bestImages = new(front.Images), bestDirection = new(start.Direction), bestValue = new(start.Value),
            bestValueAtCheckpoint = new(start.Value), stepSize = new(full_like(start.Value, 2 * ball.Epsilon)),
            rises = new(zeros_like(start.Value)), halvedAtCheckpoint = new(ones_like(start.Value, dtype: ScalarType.Bool)),
        ];
    }

    /// <summary>One restart after the other, each with its aim, until every image is broken.</summary>
    public static void ClimbEach(AttackBatch batch, Aim[] aims, int steps)
    {
        for (var restart = 0; restart < aims.Length && batch.AnyOpen; restart++)
        {
            var before = restart;
            using var front = batch.Open(restart, aims[restart], steps);
            Climb(batch, front, steps, done => batch.Progress((before + done) / aims.Length));
            batch.Confirm(restart);
        }
    }

    /// <summary>Climbs from a random point on the edge of the ball, until every image is broken or the steps are used.</summary>
    static void Climb(AttackBatch batch, Front front, int steps, Action<double> progress)
    {
        front.MoveToRandomEdge();
        using var start = front.Differentiate();
        if (start is null)
            return;
        using var climb = new AutoStep(front, batch.Ball, start);
        var checkpoints = new Queue<int>(Checkpoints(steps));
        var last = 0;
        for (var step = 0; step < steps; step++)
        {
            climb.Move(first: step == 0);
            progress((step + 1.0) / steps);
            if (step == steps - 1)
            {
                front.Evaluate()?.Dispose();
                return;
            }
            using var slope = front.Differentiate();
            if (slope is null)
                return;
            climb.Take(slope);
            if (checkpoints.TryPeek(out var checkpoint) && checkpoint == step + 1)
            {
                climb.Check(interval: checkpoint - last);
                last = checkpoints.Dequeue();
            }
        }
    }

    /// <summary>After how many of N steps the step sizes are checked.</summary>
    public static IEnumerable<int> Checkpoints(int steps)
    {
        int Share(double share) => Math.Max((int)(share * steps), 1);
        var interval = Share(0.22);
        for (var step = interval; step < steps; step += interval)
        {
            yield return step;
            interval = Math.Max(interval - Share(0.03), Share(0.06));
        }
    }

    void Move(bool first)
    {
        using var scope = NewDisposeScope();
        var here = front.Images;
        var step = ball.SteepestStep(direction.Value, here, 1) * stepSize.Value.view(-1, 1, 1, 1);
        var ahead = ball.Project(here + step, front.Clean);
        var next = first ? ahead : here + (1 - Momentum) * (ahead - here) + Momentum * (here - previousImages.Value);
        previousImages.Set(here);
        front.MoveTo(next);
    }

    /// <summary>Goes on with the images that are left, and with what was found where they are now.</summary>
    void Take(Slope slope)
    {
        using var scope = NewDisposeScope();
        foreach (var rows in state)
            rows.Select(slope.Left);
        rises.Set(rises.Value + slope.Value.gt(value.Value).to_type(ScalarType.Float32));
        value.Set(slope.Value);
        direction.Set(slope.Direction);

        var better = slope.Value.gt(bestValue.Value);
        bestValue.SetWhere(better, slope.Value);
        bestImages.SetWhere(better, front.Images);
        bestDirection.SetWhere(better, slope.Direction);
    }

    /// <summary>Halves the steps that do not pay, and takes their images back to their best points.</summary>
    void Check(int interval)
    {
        using var scope = NewDisposeScope();
        var oscillates = rises.Value.le(RisesEnough * interval);
        var stalls = halvedAtCheckpoint.Value.logical_not().logical_and(bestValue.Value.le(bestValueAtCheckpoint.Value));
        var halve = oscillates.logical_or(stalls);
        stepSize.SetWhere(halve, stepSize.Value / 2);
        direction.SetWhere(halve, bestDirection.Value);
        halvedAtCheckpoint.Set(halve);
        bestValueAtCheckpoint.Set(bestValue.Value);
        rises.Set(zeros_like(rises.Value));
        front.MoveTo(where(halve.view(-1, 1, 1, 1), bestImages.Value, front.Images));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rows in state)
            rows.Dispose();
    }
}
