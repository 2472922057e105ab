namespace Ensembles.Training;

/// <summary>Where a training stands after a batch.</summary>
/// <param name="Stage">What is being trained: "network", or a part of the defense, such as "source 1 of 2".</param>
/// <param name="Epoch">The running epoch, from 1.</param>
/// <param name="Epochs">Epochs of this stage.</param>
/// <param name="Batch">Batches done in the running epoch.</param>
/// <param name="Batches">Batches in an epoch.</param>
/// <param name="Loss">Mean loss over the batches of the running epoch so far.</param>
/// <param name="Accuracy">
/// Share of the training images of the running epoch so far that the network classified right while it was trained on
/// them.
/// </param>
public sealed record TrainingProgress(
    string Stage, int Epoch, int Epochs, int Batch, int Batches, double Loss, double Accuracy);
