using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Gradient alignment loss (GAL, Kariyappa and Qureshi 2019): what moves one member's loss most moves the others' in
/// other directions, so that members share fewer adversarial images.
/// </summary>
/// <remarks>
/// The source trains leaky ReLUs, since the gradient of a ReLU's gradient is 0 nearly everywhere. A white-box attack on
/// the whole leaves hardly an image without a perturbation in training.
/// </remarks>
/// <param name="weight">lambda, the weight of the alignment; 0 or more.</param>
public sealed class GradientDiversity(double weight = 0.5) : JointTraining
{
    /// <summary>The weight of the alignment.</summary>
    public double Weight { get; } = Weights.Checked(weight);

    /// <inheritdoc/>
    public override bool DifferentiatesImages => true;

    /// <summary>L = mean_m L_m + lambda mean_n A.</summary>
    public override Tensor Of(JointBatch batch) =>
        batch.OwnLosses / batch.MemberCount + Weight * Alignment(batch.Gradients).mean();

    /// <summary>A = log sum_(i &lt; j) exp cos(g_i, g_j), [N], of gradients [M, N, D].</summary>
    public static Tensor Alignment(Tensor gradients) => GradientAlignment.Cosines(gradients).logsumexp(1);
}
