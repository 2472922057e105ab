using System.Runtime.InteropServices;

namespace Ensembles.Attacks;

/// <summary>
/// The steps of Auto-PGD (Croce and Hein 2020, "Reliable evaluation of adversarial robustness"): no step size to
/// choose, momentum, and for each image a step that is halved when it no longer pays.
/// </summary>
/// <remarks>
/// <para>
/// From a random point on the edge of the ball, with a step eta of 2 epsilon: z = Proj(x_t + eta s(g)),
/// x_{t+1} = Proj(x_t + 0.75 (z - x_t) + 0.25 (x_t - x_{t-1})), s(g) being the steepest direction in the norm. The
/// first step has no momentum.
/// </para>
/// <para>
/// Checkpoints lie 0.22 N steps after the start, and then each 0.03 N closer to the one before, never closer than 0.06
/// N. There eta is halved, and the image goes back to its best point, when the value rose in at most 3 of 4 steps since
/// the last checkpoint, or when eta was not halved at the last checkpoint and the best value has not risen since.
/// </para>
/// </remarks>
sealed class AutoStep
{
    const double Momentum = 0.25;
    const double RisesEnough = 0.75;

    readonly ActiveSet active;
    readonly PerImage previousImages;
    readonly PerImage direction;
    readonly PerImage bestImages;
    readonly PerImage bestDirection;
    readonly RememberedValues<Climber> climbers;

    AutoStep(ActiveSet active, GradientEvaluation start)
    {
        this.active = active;
        (previousImages, bestImages) = (active.Remember(active.Images), active.Remember(active.Images));
        (direction, bestDirection) = (active.Remember(start.Direction), active.Remember(start.Direction));
        climbers = active.Remember(start.Value.Select(value => new Climber(value, (float)(2 * active.Ball.Epsilon))));
    }

    /// <summary>
    /// What is remembered of an image beside where it was: <paramref name="value"/> is what was found there,
    /// <paramref name="stepSize"/> eta.
    /// </summary>
    sealed class Climber(float value, float stepSize)
    {
        public float Value = value;
        public float BestValue = value;
        public float BestValueAtCheckpoint = value;
        public float StepSize = stepSize;
        public int Rises;
        public bool HalvedAtCheckpoint = true;
    }

    /// <summary>
    /// Climbs from a random point on the edge of the ball, until every image is broken or the steps are used.
    /// </summary>
    public static void Climb(ActiveSet active, int steps)
    {
        active.MoveToRandomEdge();
        using var start = active.Differentiate();
        if (start is null)
            return;
        var climb = new AutoStep(active, start);
        var checkpoints = new Queue<int>(Checkpoints(steps));
        var last = 0;
        for (var step = 0; step < steps; step++)
        {
            climb.Move(first: step == 0);
            active.ReportProgress((step + 1.0) / steps);
            if (step == steps - 1)
                break;
            using var here = active.Differentiate();
            if (here is null)
                return;
            climb.Take(here);
            if (checkpoints.TryPeek(out var checkpoint) && checkpoint == step + 1)
            {
                climb.Check(interval: checkpoint - last);
                last = checkpoints.Dequeue();
            }
        }
        active.Evaluate();
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
        using var here = active.Images.alias();
        if (first)
        {
            active.Step(direction.Value, 2 * active.Ball.Epsilon);
        }
        else
        {
            float[] sizes = [.. climbers.Values.Select(climber => climber.StepSize)];
            active.StepWithMomentum(direction.Value, sizes, previousImages.Value, Momentum);
        }
        previousImages.Set(here);
    }

    /// <summary>Takes what was found where the images are now.</summary>
    void Take(GradientEvaluation here)
    {
        direction.Set(here.Direction);
        List<int> better = [];
        for (var i = 0; i < climbers.Values.Length; i++)
        {
            var (climber, value) = (climbers.Values[i], here.Value[i]);
            if (value > climber.Value)
                climber.Rises++;
            climber.Value = value;
            if (!(value > climber.BestValue))
                continue;
            climber.BestValue = value;
            better.Add(i);
        }
        bestImages.SetRows(CollectionsMarshal.AsSpan(better), active.Images);
        bestDirection.SetRows(CollectionsMarshal.AsSpan(better), here.Direction);
    }

    /// <summary>Halves the steps that do not pay, and takes their images back to their best points.</summary>
    void Check(int interval)
    {
        List<int> halved = [];
        for (var i = 0; i < climbers.Values.Length; i++)
        {
            var climber = climbers.Values[i];
            var oscillates = climber.Rises <= RisesEnough * interval;
            var stalls = !climber.HalvedAtCheckpoint && climber.BestValue <= climber.BestValueAtCheckpoint;
            climber.HalvedAtCheckpoint = oscillates || stalls;
            (climber.BestValueAtCheckpoint, climber.Rises) = (climber.BestValue, 0);
            if (!climber.HalvedAtCheckpoint)
                continue;
            climber.StepSize /= 2;
            halved.Add(i);
        }
        direction.SetRows(CollectionsMarshal.AsSpan(halved), bestDirection.Value);
        active.MoveBack(CollectionsMarshal.AsSpan(halved), bestImages.Value);
    }
}
