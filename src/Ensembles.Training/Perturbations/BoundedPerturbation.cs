namespace Ensembles.Training;

/// <summary>A perturbation up to a radius, which may grow while training begins.</summary>
/// <param name="epsilon">The radius, in units of pixel values in [0, 1]; positive.</param>
public abstract class BoundedPerturbation(double epsilon) : Perturbation
{
    /// <summary>The radius, in units of pixel values in [0, 1]; positive.</summary>
    public double Epsilon { get; set; } = epsilon;

    /// <summary>
    /// The share of the run, in [0, 1], over which the radius grows from 0 to <see cref="Epsilon"/>, step by step. 0
    /// trains at the full radius from the beginning, where a network may end with one answer to every image.
    /// </summary>
    public double WarmUp { get; init; }

    /// <summary>min(1, (s + 1) / (w S)) at step s of S, with w the warm-up: the share of the radius there.</summary>
    private protected double ShareOfRadius(TrainingStep step)
    {
        if (WarmUp is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(WarmUp), WarmUp, "A share of the run lies in [0, 1].");
        return Math.Min(1, (step.StepsDone + 1) / (WarmUp * step.Steps));
    }
}
