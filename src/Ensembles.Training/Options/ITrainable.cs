namespace Ensembles.Training;

/// <summary>A defense that knows how it is trained.</summary>
public interface ITrainable
{
    /// <summary>Trains the defense and leaves it in evaluation mode.</summary>
    /// <param name="training">
    /// Clean training images with their labels, in memory on any device, or read when they are asked for; where both
    /// are the same images, so are the trained bits.
    /// </param>
    /// <param name="options">Seed, length, optimizer, progress, cancellation, checkpoint.</param>
    /// <remarks>
    /// A defense of one's own sees to what stands before it in an ensemble, <see cref="TrainingOptions.Front"/>;
    /// <see cref="NetworkClassifier"/> and <see cref="NetworkDetector"/> do.
    /// </remarks>
    /// <exception cref="ArgumentException">Images or classes that do not fit the network.</exception>
    /// <exception cref="OperationCanceledException">
    /// The run was cancelled; with a checkpoint it continues after the last whole epoch.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The loss stopped being a number, or the checkpoint belongs to another run.
    /// </exception>
    void Train(ILabeledImages training, TrainingOptions options);
}
