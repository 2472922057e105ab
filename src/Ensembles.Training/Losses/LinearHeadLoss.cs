using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Cross-entropy of a linear layer of the loss's own on the features, so that it can be fitted with the features
/// frozen. It takes the place of cross-entropy.
/// </summary>
public sealed class LinearHeadLoss : TrainingLoss
{
    Linear? head;

    /// <summary>A linear layer.</summary>
    public override Module<Tensor, Tensor>? Head => head;

    /// <inheritdoc/>
    public override void Build(FeatureNetwork network)
    {
        head = Linear(network.FeatureCount, network.ClassCount);
        register_module(nameof(head), head);
    }

    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch) => functional.cross_entropy(batch.Logits, batch.Labels);
}
