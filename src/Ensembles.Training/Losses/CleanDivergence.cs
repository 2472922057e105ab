using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// How far the predictions for the perturbed images are from those for the clean ones, the regulariser of TRADES (Zhang
/// et al. 2019): mean_i KL(p(x_i) || p(x'_i)). 0 without a perturbation.
/// </summary>
/// <remarks>
/// Its gradient goes through both sides. A perturbation that raises it
/// (<see cref="GradientPerturbation.Raised"/>) holds the clean side fixed, and needs to start beside the clean image.
/// </remarks>
public sealed class CleanDivergence : TrainingLoss
{
    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch)
    {
        using var each = Each(batch.Clean.Logits, batch.Logits);
        return each.mean();
    }

    /// <summary>KL(p || q) = sum_k p_k (log p_k - log q_k) of logits [N, K] each; [N].</summary>
    public static Tensor Each(Tensor clean, Tensor perturbed)
    {
        using var scope = NewDisposeScope();
        var (logP, logQ) = (clean.log_softmax(1), perturbed.log_softmax(1));
        return (logP.exp() * (logP - logQ)).sum(dim: 1).MoveToOuterDisposeScope();
    }
}
