using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Jacobian regularisation by random projections (Hoffman et al. 2019): R = K / (2 n N) sum_i sum_j ||v_ij^T
/// J(x_i)||_2^2 with v uniform on the unit sphere of the K classes, whose mean is half the squared Frobenius norm of an
/// image's Jacobian. To be added to a loss that classifies.
/// </summary>
/// <param name="projections">n, for each image; each is one backward pass.</param>
public sealed class ProjectedJacobianNorm(int projections = 1) : TrainingLoss
{
    /// <summary>n, the projections of each image.</summary>
    public int Projections { get; } = projections;

    /// <inheritdoc/>
    public override bool DifferentiatesImages => true;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch)
    {
        using var scope = NewDisposeScope();
        var sum = zeros(1, device: batch.Logits.device);
        for (var j = 0; j < Projections; j++)
        {
            var directions = functional.normalize(randn_like(batch.Logits.detach()));
            sum = sum + InputJacobian.Times(directions, batch).square().sum();
        }

        var (count, classes) = (batch.Logits.size(0), batch.Logits.size(1));
        return (sum.squeeze(0) * (classes / (2.0 * Projections * count))).MoveToOuterDisposeScope();
    }
}
