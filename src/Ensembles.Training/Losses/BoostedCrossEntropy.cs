using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Cross-entropy with a term for the likeliest wrong class (MART, Wang et al. 2020): mean_i -log p_(y_i) - log(1.0001 -
/// max_(k != y_i) p_k). Beside raising the right class it lowers the one that an attack would choose.
/// </summary>
public sealed class BoostedCrossEntropy : TrainingLoss
{
    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch) => Value(batch.Logits, batch.Labels);

    /// <summary>Of logits [N, K] with labels [N]; a scalar.</summary>
    public static Tensor Value(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var own = functional.one_hot(labels, logits.size(1)).to_type(ScalarType.Bool);
        var strongest = logits.softmax(1).masked_fill(own, 0).amax([1]);
        var loss = functional.cross_entropy(logits, labels) - (1.0001 - strongest).log().mean();
        return loss.MoveToOuterDisposeScope();
    }
}
