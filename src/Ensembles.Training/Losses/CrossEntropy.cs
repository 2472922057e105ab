using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>Cross-entropy of the logits for the labels, mean_i -log softmax(z_i)_(y_i).</summary>
public sealed class CrossEntropy : TrainingLoss
{
    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch) => functional.cross_entropy(batch.Logits, batch.Labels);
}
