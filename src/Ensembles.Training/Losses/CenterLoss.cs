using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Center loss (Wen et al. 2016 [36]), to be added to a loss that classifies: pulls the features of a class towards one
/// point. The points follow the features by a rule of their own, not by the gradient.
/// </summary>
/// <param name="alpha">
/// The share of the way a center moves towards its class's features in a batch; in [0, 1].
/// </param>
public sealed class CenterLoss(double alpha = 0.5) : TrainingLoss
{
    Tensor? centers;

    /// <summary>The share of the way a center moves towards its class's features in a batch.</summary>
    public double Alpha { get; } = alpha;

    /// <summary>Centers c_k of the classes, float32 [K, D], 0 before training. They belong to the loss.</summary>
    /// <exception cref="InvalidOperationException">The loss belongs to no network yet.</exception>
    public Tensor Centers =>
        centers ?? throw new InvalidOperationException("The centers are made by Build, for a network's features.");

    /// <inheritdoc/>
    public override void Build(FeatureNetwork network)
    {
        centers = zeros(network.ClassCount, network.FeatureCount).DetachFromDisposeScope();
        register_buffer(nameof(centers), centers);
    }

    /// <inheritdoc/>
    /// <remarks>In training mode the centers move, after the loss is computed.</remarks>
    public override Tensor Of(LossContext batch)
    {
        var loss = Value(batch.Features, batch.Labels, Centers);
        if (training)
            Update(Centers, batch.Features, batch.Labels, Alpha);
        return loss;
    }

    /// <summary>Lc = 1/(2 N) sum_i ||h_i - c_(y_i)||^2 of features [N, D] with labels [N]; a scalar.</summary>
    public static Tensor Value(Tensor features, Tensor labels, Tensor centers)
    {
        using var scope = NewDisposeScope();
        return (features - centers.index_select(0, labels)).pow(2).sum(1).mean().mul(0.5).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Moves centers [K, D] in place: c_k &lt;- c_k - alpha * sum_(i: y_i = k) (c_k - h_i) / (1 + n_k), where n_k
    /// counts the images of class k in the batch. A class that is absent keeps its center.
    /// </summary>
    public static void Update(Tensor centers, Tensor features, Tensor labels, double alpha)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var differences = centers.index_select(0, labels) - features;
        var sums = zeros_like(centers).index_add_(0, labels, differences, 1);
        var counts = labels.bincount(null, centers.size(0)).unsqueeze(1);
        centers.sub_(sums / (1 + counts) * alpha);
    }
}
