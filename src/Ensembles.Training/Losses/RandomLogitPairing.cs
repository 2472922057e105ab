using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Clean logit pairing (Kannan et al. 2018): the mean of ||z(x_i) - z(x_j)||_2^2 over pairs of a batch, whatever their
/// classes. It keeps logits small, and with them the gradients that attacks follow.
/// </summary>
public sealed class RandomLogitPairing : TrainingLoss
{
    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <inheritdoc/>
    /// <remarks>Batches come in random order, so the first half is paired with the second.</remarks>
    public override Tensor Of(LossContext batch)
    {
        using var scope = NewDisposeScope();
        var pairs = batch.Logits.size(0) / 2;
        if (pairs == 0)
            return (0 * batch.Logits.sum()).MoveToOuterDisposeScope();
        return LogitPairing.Value(batch.Logits.narrow(0, 0, pairs), batch.Logits.narrow(0, pairs, pairs))
            .MoveToOuterDisposeScope();
    }
}
