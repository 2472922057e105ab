namespace Ensembles.Training;

/// <summary>Where a training stands.</summary>
/// <param name="Epoch">The running epoch, from 1.</param>
/// <param name="Epochs">Epochs of the run.</param>
/// <param name="Batch">The running batch of the epoch, from 1.</param>
/// <param name="Batches">Batches in an epoch.</param>
/// <param name="Seed">
/// A seed for what is drawn in this step alone; it follows from the seed of the run, the epoch and the batch.
/// </param>
public readonly record struct TrainingStep(int Epoch, int Epochs, int Batch, int Batches, long Seed)
{
    /// <summary>Steps of the whole run.</summary>
    public long Steps => (long)Epochs * Batches;

    /// <summary>Steps before this one.</summary>
    public long StepsDone => (long)(Epoch - 1) * Batches + Batch - 1;

    /// <summary>The share of the run before this step, in [0, 1).</summary>
    public double Share => (double)StepsDone / Steps;
}
