using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>One batch of a training.</summary>
/// <param name="Images">Float32 [N, C, H, W] in [0, 1], augmented, on the device of the parameters.</param>
/// <param name="Labels">Int64 [N].</param>
/// <param name="Step">Where the training stands.</param>
public sealed record TrainingBatch(Tensor Images, Tensor Labels, TrainingStep Step)
{
    /// <summary>What its images were taken from; null for a batch that is made by hand.</summary>
    public ILabeledImages? Training { get; init; }
}
