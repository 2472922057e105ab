using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Adversarial logit pairing (Kannan et al. 2018, broken by Engstrom et al. 2018 [8]): mean_i ||z(x_i) - z(x'_i)||_2^2
/// between the logits of clean and perturbed images. To be added to a loss that classifies.
/// </summary>
public sealed class LogitPairing : TrainingLoss
{
    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch) => Value(batch.Clean.Logits, batch.Logits);

    /// <summary>Of logits [N, K] each; a scalar.</summary>
    public static Tensor Value(Tensor first, Tensor second)
    {
        using var scope = NewDisposeScope();
        return (first - second).square().sum(dim: 1).mean().MoveToOuterDisposeScope();
    }
}
