using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Jacobian regularisation (Jakubovitz and Giryes 2018 [17]): the Frobenius norm of the batch's Jacobian, not squared,
/// R = sqrt(sum_i sum_k ||dz_k(x_i) / dx_i||_2^2). To be added to a loss that classifies.
/// </summary>
/// <remarks>
/// To first order no perturbation shorter than margin / |gradient of the margin| changes a decision; large ones it
/// bounds not at all. It takes one backward pass for each class, and one through all of them:
/// <see cref="ProjectedJacobianNorm"/> takes fewer.
/// </remarks>
public sealed class JacobianNorm : TrainingLoss
{
    /// <inheritdoc/>
    public override bool DifferentiatesImages => true;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch)
    {
        using var scope = NewDisposeScope();
        var classes = eye(batch.Logits.size(1), device: batch.Logits.device);
        Tensor[] squares =
        [
            .. Enumerable.Range(0, (int)batch.Logits.size(1))
                .Select(k => InputJacobian.Times(classes[k], batch).square().sum()),
        ];
        // The root has no derivative at 0.
        return stack(squares).sum().clamp(min: 1e-12).sqrt().MoveToOuterDisposeScope();
    }
}
