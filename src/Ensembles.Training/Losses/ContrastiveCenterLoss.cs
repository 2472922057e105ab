using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Contrastive-center loss (Qi and Su 2017 [27]), to be added to a loss that classifies: features lie near the center
/// of their class in proportion to how far they lie from those of the others. The centers are learned by the gradient.
/// </summary>
/// <remarks>
/// Centers that all move away lower the ratio too, and with it nothing that an attack would meet.
/// </remarks>
/// <param name="delta">Keeps the denominator from 0; positive.</param>
public sealed class ContrastiveCenterLoss(double delta = 1) : TrainingLoss
{
    Parameter? centers;

    /// <summary>Keeps the denominator from 0.</summary>
    public double Delta { get; } =
        delta > 0 ? delta : throw new ArgumentOutOfRangeException(nameof(delta), delta, "delta is positive.");

    /// <summary>Centers c_k of the classes, float32 [K, D], normal before training. They belong to the loss.</summary>
    /// <exception cref="InvalidOperationException">The loss belongs to no network yet.</exception>
    public Tensor Centers =>
        centers ?? throw new InvalidOperationException("The centers are made by Build, for a network's features.");

    /// <inheritdoc/>
    public override void Build(FeatureNetwork network)
    {
        centers = Parameter(randn(network.ClassCount, network.FeatureCount).DetachFromDisposeScope());
        register_parameter(nameof(centers), centers);
    }

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch) => Value(batch.Features, batch.Labels, Centers, Delta);

    /// <summary>
    /// Lcc = 1/(2 N) sum_i A_i / B_i with A_i = ||h_i - c_(y_i)||^2 and B_i = sum_(j != y_i) ||h_i - c_j||^2 + delta,
    /// of features [N, D] with labels [N]; a scalar.
    /// </summary>
    public static Tensor Value(Tensor features, Tensor labels, Tensor centers, double delta)
    {
        using var scope = NewDisposeScope();
        var squared = (features.unsqueeze(1) - centers.unsqueeze(0)).pow(2).sum(2);
        var own = functional.one_hot(labels, centers.size(0)).to_type(ScalarType.Bool);
        var a = squared.masked_fill(~own, 0).sum(1);
        var b = squared.masked_fill(own, 0).sum(1) + delta;
        return (a / b).mean().mul(0.5).MoveToOuterDisposeScope();
    }
}
