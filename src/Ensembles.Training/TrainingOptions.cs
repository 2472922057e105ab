namespace Ensembles.Training;

/// <summary>How a defense is trained, apart from its own hyperparameters.</summary>
public sealed record TrainingOptions
{
    /// <summary>
    /// One seed reproduces a run bit for bit, given the initial weights, on one machine with one number of threads.
    /// Training seeds torch's global generator from it.
    /// </summary>
    public int Seed { get; init; }

    /// <summary>Passes of a plain network over the training images, 1 or more. A defense that needs more, or trains in several stages, says so.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Images in a batch, 1 or more; the last batch of an epoch may be smaller.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Adam's learning rate in the first epoch; positive. It falls by the same amount every epoch, to rate / epochs in the last.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Hears of every batch.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Stops the training between two batches with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>
    /// A file that holds the module and the optimizer after every epoch, in the format of <see cref="Checkpoint"/>; its folder exists.
    /// Where the file is there already the run continues from it, and ends as it would have without the interruption.
    /// Null keeps nothing.
    /// </summary>
    public string? CheckpointPath { get; init; }

    /// <summary>
    /// The options of one component of an ensemble: progress carries the component's name before its stage, and the checkpoint is
    /// <c>{name}.safetensors</c> in the folder that <see cref="CheckpointPath"/> names.
    /// </summary>
    /// <param name="name">The component's name, such as that of the property that declares it.</param>
    public TrainingOptions For(string name) => this with
    {
        Progress = Progress is { } whole ? new NamedProgress(whole, name) : null,
        CheckpointPath = CheckpointPath is { } folder ? Path.Combine(folder, $"{name}.safetensors") : null,
    };

    /// <summary>Throws unless the numbers make sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number of epochs or a batch size below 1, or a learning rate that is not positive and finite.</exception>
    internal void ThrowIfInvalid()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        if (!(LearningRate > 0) || double.IsInfinity(LearningRate))
            throw new ArgumentOutOfRangeException(nameof(LearningRate), LearningRate, "A learning rate is positive and finite, for example 0.001.");
    }

    /// <summary>
    /// A seed for part <paramref name="part"/> of the run (an epoch, a source network). Parts below a million never share one.
    /// torch's generator on the CPU uses the lowest 32 bits of a seed, so the parts cannot be told apart in higher ones.
    /// </summary>
    internal static int SeedOf(int seed, int part) => unchecked((seed * 1_000_003) + part);

    sealed class NamedProgress(IProgress<TrainingProgress> whole, string name) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => whole.Report(value with { Stage = $"{name}: {value.Stage}" });
    }
}
