using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// <see cref="CleanDivergence"/>, each image weighted by how little the network believes its label (MART, Wang et al.
/// 2020): mean_i KL(p(x_i) || p(x'_i)) (1.0000001 - p_(y_i)(x_i)). An image that is certainly right counts nothing.
/// </summary>
public sealed class MisclassifiedDivergence : TrainingLoss
{
    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch) => Value(batch.Clean.Logits, batch.Logits, batch.Labels);

    /// <summary>Of logits [N, K] each, with labels [N]; a scalar.</summary>
    public static Tensor Value(Tensor clean, Tensor perturbed, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var believed = clean.softmax(1).gather(1, labels.unsqueeze(1)).squeeze(1);
        var loss = (CleanDivergence.Each(clean, perturbed) * (1.0000001 - believed)).mean();
        return loss.MoveToOuterDisposeScope();
    }
}
