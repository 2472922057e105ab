using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Features as normal distributions, one a class, with a covariance that all classes share: features [N, D] to the
/// squared Mahalanobis distance to the nearest class, min_c (h - m_c)^T S^-1 (h - m_c), float32 [N].
/// </summary>
/// <remarks>
/// S^-1 = W W^T with the buffer W, so that a distance is |W^T (h - m_c)|^2. Until <see cref="Fit"/> means and W are 0.
/// </remarks>
[Compiled]
public sealed partial class ClassGaussians : Module<Tensor, Tensor>
{
    /// <summary>
    /// Added to the covariance, as a share of its mean variance: features that never vary would be infinitely far.
    /// </summary>
    const double Ridge = 1e-3;

    readonly Tensor means;
    readonly Tensor whitening;

    /// <summary>Makes distributions without data.</summary>
    /// <param name="classCount">K.</param>
    /// <param name="featureCount">D.</param>
    public ClassGaussians(int classCount, int featureCount) : base(nameof(ClassGaussians))
    {
        means = zeros(classCount, featureCount).DetachFromDisposeScope();
        whitening = zeros(featureCount, featureCount).DetachFromDisposeScope();
        register_buffer(nameof(means), means);
        register_buffer(nameof(whitening), whitening);
        RegisterComponents();
    }

    /// <summary>
    /// Takes the class means m_c, and S = sum_i (h_i - m_(y_i)) (h_i - m_(y_i))^T / N with a small share of its mean
    /// variance on the diagonal.
    /// </summary>
    /// <param name="features">Float32 [N, D].</param>
    /// <param name="labels">Int64 [N] in [0, K).</param>
    /// <exception cref="ArgumentException">A class without features.</exception>
    public void Fit(Tensor features, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var h = features.to_type(ScalarType.Float64);
        var members = functional.one_hot(labels, means.size(0)).to_type(ScalarType.Float64);
        var counts = members.sum([0]);
        if (counts.eq(0).any().item<bool>())
            throw new ArgumentException(
                "Each class needs training images for its mean; one has none.", nameof(labels));
        var centers = members.t().matmul(h) / counts.unsqueeze(1);
        var rest = h - members.matmul(centers);
        var covariance = rest.t().matmul(rest) / h.size(0);
        var ridge = Ridge * covariance.diagonal().mean().clamp_min(1e-12);
        covariance += ridge * eye(covariance.size(0), dtype: ScalarType.Float64, device: h.device);
        // S = L L^T, so S^-1 = L^-T L^-1 and W = L^-T.
        var inverse = linalg.solve(
            linalg.cholesky(covariance), eye(covariance.size(0), dtype: ScalarType.Float64, device: h.device));
        means.copy_(centers);
        whitening.copy_(inverse.t());
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();
        var whitened = (features.unsqueeze(1) - means).matmul(whitening);
        return whitened.pow(2).sum(-1).amin([1]).MoveToOuterDisposeScope();
    }
}
