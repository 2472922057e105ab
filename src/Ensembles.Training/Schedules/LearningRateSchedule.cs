namespace Ensembles.Training;

/// <summary>How the learning rate goes over a run.</summary>
public abstract record LearningRateSchedule
{
    /// <summary>The rate of a step.</summary>
    /// <param name="rate">The rate asked for.</param>
    /// <param name="step">Where the training stands.</param>
    public abstract double Rate(double rate, TrainingStep step);
}

/// <summary>
/// Falls by the same amount after every epoch, from the rate asked for down to rate / epochs: the last epochs settle
/// what the first ones found.
/// </summary>
public sealed record FallingSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    public override double Rate(double rate, TrainingStep step) => rate * (step.Epochs - step.Epoch + 1) / step.Epochs;
}

/// <summary>The rate asked for throughout.</summary>
public sealed record ConstantSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    public override double Rate(double rate, TrainingStep step) => rate;
}

/// <summary>
/// Falls step by step in a straight line: rate (1 - s + s e), s being the share of the run and e the end.
/// </summary>
public sealed record LinearSchedule : LearningRateSchedule
{
    /// <summary>e, the share of the rate that is left at the end, in [0, 1].</summary>
    public double End { get; init; }

    /// <inheritdoc/>
    public override double Rate(double rate, TrainingStep step) => rate * (1 - step.Share + step.Share * End);
}

/// <summary>Half a cosine, step by step: rate (e + (1 - e) (1 + cos(pi s)) / 2) at share s of the run.</summary>
public sealed record CosineSchedule : LearningRateSchedule
{
    /// <summary>e, the share of the rate that is left at the end, in [0, 1].</summary>
    public double End { get; init; }

    /// <inheritdoc/>
    public override double Rate(double rate, TrainingStep step) =>
        rate * (End + (1 - End) * (1 + Math.Cos(Math.PI * step.Share)) / 2);
}

/// <summary>Multiplied by a factor after certain epochs, as 0.1 after epochs 75 and 90.</summary>
public sealed record StepSchedule(params IReadOnlyList<int> After) : LearningRateSchedule
{
    /// <summary>The epochs after each of which the rate is multiplied by <see cref="Factor"/>.</summary>
    public IReadOnlyList<int> After { get; } = After;

    /// <summary>The factor.</summary>
    public double Factor { get; init; } = 0.1;

    /// <inheritdoc/>
    public override double Rate(double rate, TrainingStep step) =>
        rate * Math.Pow(Factor, After.Count(epoch => step.Epoch > epoch));
}

/// <summary>
/// One cycle (Smith, Topin 2017), step by step in straight lines: from rate / <see cref="Divisor"/> up to the rate
/// asked for, and down to 0.
/// </summary>
public sealed record OneCycleSchedule : LearningRateSchedule
{
    /// <summary>The share of the run after which the rate is highest, in (0, 1).</summary>
    public double Peak { get; init; } = 0.4;

    /// <summary>The highest rate over the first one.</summary>
    public double Divisor { get; init; } = 25;

    /// <inheritdoc/>
    public override double Rate(double rate, TrainingStep step) => step.Share < Peak
        ? rate * (1 / Divisor + (1 - 1 / Divisor) * step.Share / Peak)
        : rate * (1 - step.Share) / (1 - Peak);
}
